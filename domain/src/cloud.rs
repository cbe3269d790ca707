//! Microsoft's clouds for Teams, by the variable `CLOUD`: hosts, scope and client ids of each.
//!
//! Sources:
//!
//! - "Plan for sovereign clouds" and "Send proactive messages" (msteams-docs)
//! - `cloud-environment.ts` of the Teams SDK (teams.ts): the Bot Framework's addresses, the scope, the Entra
//!   host and the service hosts of each cloud
//! - "National clouds" (Microsoft identity platform)
//! - "Configure Bot Framework bots for US Government customers" and "… for China customers" (bot-docs)
//!
//! GCC (not High) is part of the public cloud, with a service host of its own. This project was never run in
//! a sovereign cloud. The fields say which values no page of Microsoft's confirms.

/// One cloud.
#[derive(Debug, PartialEq, Eq)]
pub struct Cloud {
    /// Its word in `CLOUD`.
    pub name: &'static str,
    /// The URL of the Bot Framework's OpenID metadata, unless `BOT_OPENID_METADATA_URL` is set.
    pub bot_openid_metadata_url: &'static str,
    /// The issuer that this metadata states. Tokens are compared with the metadata's own value; this one is
    /// for the doctor.
    pub bot_issuer: &'static str,
    /// The OAuth scope of the bot's own token.
    pub bot_scope: &'static str,
    /// The URL of Entra, unless `ENTRA_AUTHORITY` is set. Every issuer of a v2 token starts with it.
    pub entra_authority: &'static str,
    /// The origins of the Teams connector, to which the bot may send. `TRUSTED_SERVICE_URLS` adds to them.
    pub service_origins: &'static [&'static str],
    /// The hosts that may frame the tab. Public cloud: "Tab requirements" (msteams-docs). US Government: the
    /// hosts of Teams in "Plan for sovereign clouds", and those of Microsoft 365 in TeamsJS' list
    /// (`validDomains.json`); no page says which of the latter show tabs. China: "TeamsJS" (msteams-docs),
    /// which names Teams only.
    pub tab_hosts: &'static [&'static str],
    /// The client ids of the Teams and Microsoft 365 clients that may request a token for the tab. For
    /// sovereign clouds no page of Microsoft's names the ids; they are assumed to be those of the public
    /// cloud.
    pub teams_clients: &'static [&'static str],
    /// Whether its connector knows targeted messages. One that does not might show them to all. No page of
    /// Microsoft's names them for a sovereign cloud.
    pub knows_targeted_messages: bool,
}

/// The client ids in "Enable SSO for your tab app" (msteams-docs).
const TEAMS_CLIENTS: &[&str] = &[
    "1fec8e78-bce4-4aaf-ab1b-5451cc387264",
    "5e3ce6c0-2b1f-4285-8d4b-75ee78787346",
    "4765445b-32c6-49b0-83e6-1d93765276ca",
    "0ec893e0-5785-4de6-99da-4ed124e5296c",
    "d3590ed6-52b3-4102-aeff-aad2292ab01c",
    "bc59ab01-8403-45c6-8796-ac3ef710b3e3",
    "27922004-5251-4030-b22d-91ecd9a37ea4",
];

/// The commercial cloud, with GCC.
pub static PUBLIC: Cloud = Cloud {
    name: "public",
    bot_openid_metadata_url: "https://login.botframework.com/v1/.well-known/openidconfiguration",
    bot_issuer: "https://api.botframework.com",
    bot_scope: "https://api.botframework.com/.default",
    entra_authority: "https://login.microsoftonline.com",
    service_origins: &[
        "https://smba.trafficmanager.net",
        "https://smba.onyx.prod.teams.trafficmanager.net",
        "https://smba.infra.gcc.teams.microsoft.com",
    ],
    tab_hosts: &[
        "https://*.cloud.microsoft",
        "https://teams.microsoft.com",
        "https://*.teams.microsoft.com",
        "https://*.microsoft365.com",
        "https://*.office.com",
        "https://outlook.office.com",
        "https://outlook.office365.com",
    ],
    teams_clients: TEAMS_CLIENTS,
    knows_targeted_messages: true,
};

/// US Government, GCC High.
pub static GCC_HIGH: Cloud = Cloud {
    name: "gcc_high",
    bot_openid_metadata_url: "https://login.botframework.azure.us/v1/.well-known/openidconfiguration",
    bot_issuer: "https://api.botframework.us",
    bot_scope: "https://api.botframework.us/.default",
    entra_authority: "https://login.microsoftonline.us",
    service_origins: &["https://smba.infra.gov.teams.microsoft.us"],
    tab_hosts: &[
        "https://gov.teams.microsoft.us",
        "https://teams.microsoft.us",
        "https://outlook.office365.us",
        "https://www.office365.us",
        "https://portal.office365.us",
    ],
    teams_clients: TEAMS_CLIENTS,
    knows_targeted_messages: false,
};

/// US Government, Department of Defense. It shares the Bot Framework's issuer and Entra with GCC High.
pub static DOD: Cloud = Cloud {
    name: "dod",
    bot_openid_metadata_url: GCC_HIGH.bot_openid_metadata_url,
    bot_issuer: GCC_HIGH.bot_issuer,
    bot_scope: GCC_HIGH.bot_scope,
    entra_authority: GCC_HIGH.entra_authority,
    service_origins: &["https://smba.infra.dod.teams.microsoft.us"],
    tab_hosts: &[
        "https://dod.teams.microsoft.us",
        "https://teams.microsoft.us",
        "https://outlook-dod.office365.us",
        "https://webmail.apps.mil",
        "https://www.ohome.apps.mil",
        "https://portal.apps.mil",
    ],
    teams_clients: TEAMS_CLIENTS,
    knows_targeted_messages: false,
};

/// Teams operated by 21Vianet. Microsoft's pages disagree on whether it has bots: "Plan for Government
/// clouds" says yes, the later "Plan for sovereign clouds" no. The service host is documented only in the
/// Teams SDK.
pub static CHINA: Cloud = Cloud {
    name: "china",
    bot_openid_metadata_url: "https://login.botframework.azure.cn/v1/.well-known/openidconfiguration",
    bot_issuer: "https://api.botframework.azure.cn",
    bot_scope: "https://api.botframework.azure.cn/.default",
    entra_authority: "https://login.partner.microsoftonline.cn",
    service_origins: &["https://frontend.botapi.msg.infra.teams.microsoftonline.cn"],
    tab_hosts: &["https://teams.microsoftonline.cn"],
    teams_clients: TEAMS_CLIENTS,
    knows_targeted_messages: false,
};

/// All clouds.
pub static CLOUDS: [&Cloud; 4] = [&PUBLIC, &GCC_HIGH, &DOD, &CHINA];

impl Cloud {
    /// Returns the cloud with this word.
    #[must_use]
    pub fn named(word: &str) -> Option<&'static Self> {
        CLOUDS.into_iter().find(|cloud| cloud.name == word)
    }

    /// Returns all words, for an error message.
    #[must_use]
    pub fn names() -> String {
        CLOUDS.map(|cloud| cloud.name).join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use url::Url;

    #[test]
    fn each_word_names_its_cloud_and_no_other_word_names_one() {
        for cloud in CLOUDS {
            assert_eq!(Cloud::named(cloud.name), Some(cloud));
        }
        for word in ["", "Public", "gcc", "gcc-high", "usgov"] {
            assert_eq!(Cloud::named(word), None, "{word}");
        }
        assert_eq!(Cloud::names(), "public, gcc_high, dod, china");
    }

    #[test]
    fn origins_are_written_as_origins() {
        for cloud in CLOUDS {
            for origin in cloud.service_origins.iter().chain([&cloud.entra_authority]) {
                assert_eq!(*origin, Url::parse(origin).unwrap().origin().ascii_serialization());
                assert!(origin.starts_with("https://"), "{origin}");
            }
            assert!(cloud.tab_hosts.iter().all(|host| host.starts_with("https://")), "{}", cloud.name);
        }
    }

    #[test]
    fn no_cloud_trusts_the_connector_or_the_tab_hosts_of_another() {
        for cloud in CLOUDS {
            for other in CLOUDS.into_iter().filter(|other| other.name != cloud.name) {
                assert!(cloud.service_origins.iter().all(|origin| !other.service_origins.contains(origin)));
                assert!(!other.tab_hosts.contains(&cloud.tab_hosts[0]), "{} {}", cloud.name, other.name);
            }
        }
    }

    #[test]
    fn a_sovereign_cloud_uses_no_host_outside_it() {
        for (cloud, end) in [(&GCC_HIGH, ".us"), (&DOD, ".us"), (&CHINA, ".cn")] {
            let addresses = [cloud.bot_openid_metadata_url, cloud.bot_scope, cloud.entra_authority];
            for address in addresses.into_iter().chain(cloud.service_origins.iter().copied()) {
                let url = Url::parse(address).unwrap();
                assert!(url.host_str().unwrap().ends_with(end), "{address}");
            }
        }
    }
}
