//! The configuration. It is read once and checked as a whole. Every mistake is reported with its remedy, and
//! never with the value.

mod app;
mod variable_reader;

use secrecy::SecretString;
use std::collections::BTreeMap;
use std::time::Duration;
use url::Url;
use workbot_shared::{AppId, TenantId};

use crate::catalog::{Catalog, Recipe};
use crate::cloud::Cloud;
use crate::seal::MasterKeys;
use app::read_app;
use variable_reader::Reader;

pub use app::{AppSetup, Client, missing_variables};
pub use variable_reader::{Problem, is_loopback, is_safe, own_origin};

/// A deployment's configuration.
#[derive(Debug)]
pub struct Config {
    /// The public origin of the deployment, without a trailing slash.
    pub public_url: String,
    /// The bot's registration, which is also the OpenID Connect client.
    pub bot: Bot,
    /// The served tenants.
    pub allowed_tenants: Vec<TenantId>,
    /// Microsoft's cloud in which the deployment runs.
    pub cloud: &'static Cloud,
    /// The URL of the Bot Framework's OpenID metadata.
    pub bot_openid_metadata_url: String,
    /// The URL of Entra, without a trailing slash.
    pub entra_authority: String,
    /// The origins to which the bot may send.
    pub service_origins: Vec<String>,
    /// Additional origins that may frame the tab; on loopback only.
    pub tab_host_origins: Vec<String>,
    /// Whether uninstalling the bot disconnects all connections of the person.
    pub revoke_on_uninstall: bool,
    /// The language model that reads sentences, if the deployment has one. An admin has to switch it on too.
    pub language_model: Option<LanguageModel>,
    /// The time without use after which a private connection ends.
    pub idle: Option<Duration>,
    /// The master keys.
    pub master_keys: MasterKeys,
    /// The apps that are set up.
    pub apps: BTreeMap<AppId, AppSetup>,
    /// The mistakes in the variables of the other apps and of the language model. These count as not set up,
    /// and the mistakes affect nothing else.
    pub problems: Vec<Problem>,
    /// The missing or malformed variables of each app that is not set up, by name.
    pub missing: BTreeMap<AppId, Vec<String>>,
}

/// A language model.
#[derive(Debug)]
pub struct LanguageModel {
    /// The name of the model.
    pub model: String,
    /// Where it is.
    pub endpoint: ModelEndpoint,
}

/// Where a language model is.
#[derive(Debug)]
pub enum ModelEndpoint {
    /// An endpoint with the API of OpenAI's chat completions.
    ChatCompletions {
        /// The URL of its API, e.g. `https://api.openai.com/v1`, without a trailing slash.
        url: String,
        /// The key, if the endpoint needs one.
        api_key: Option<SecretString>,
    },
    /// Workers AI, by the binding `AI`.
    WorkersAi,
}

/// What an admin consents to in place of a host, for Workers AI.
pub const WORKERS_AI: &str = "Cloudflare Workers AI";

impl LanguageModel {
    /// Reads the set-up of the language model. `None` without one.
    ///
    /// # Errors
    /// The missing or malformed variables of an incomplete set-up.
    fn read(get: &dyn Fn(&str) -> Option<String>) -> Result<Option<Self>, Vec<Problem>> {
        let mut read = Reader { get, problems: Vec::new() };
        let (url, model) = (read.optional("LLM_URL"), read.optional("LLM_MODEL"));
        let api_key = read.optional("LLM_API_KEY").map(SecretString::from);
        let found = match (url, model) {
            (Some(url), Some(model)) => {
                let url = read.address("LLM_URL", url);
                Some(Self { model, endpoint: ModelEndpoint::ChatCompletions { url, api_key } })
            }
            (None, Some(model)) => Some(Self { model, endpoint: ModelEndpoint::WorkersAi }),
            (None, None) => None,
            (Some(_), None) => {
                read.problem("LLM_MODEL", "is missing: name the model of LLM_URL");
                None
            }
        };
        if read.problems.is_empty() { Ok(found) } else { Err(read.problems) }
    }

    /// Returns the host that gets the sentences, or [`WORKERS_AI`].
    #[must_use]
    pub fn host(&self) -> String {
        match &self.endpoint {
            ModelEndpoint::ChatCompletions { url, .. } => {
                let url = Url::parse(url).ok();
                url.and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default()
            }
            ModelEndpoint::WorkersAi => WORKERS_AI.to_owned(),
        }
    }
}

/// The bot's registration.
#[derive(Debug)]
pub struct Bot {
    /// The app id.
    pub app_id: String,
    /// The tenant of the registration.
    pub tenant: TenantId,
    /// The bot's name for people.
    pub name: String,
    /// The client secret.
    pub password: SecretString,
}

impl Config {
    /// Returns the first app of a recipe that is not set up; `None` if the recipe can run.
    #[must_use]
    pub fn not_set_up<'a>(&self, recipe: &'a Recipe) -> Option<&'a AppId> {
        recipe.apps().into_iter().find(|app| !self.apps.contains_key(app))
    }

    /// Reads the configuration that docs/deploy.md describes. `get` returns the value of a variable.
    ///
    /// # Errors
    /// All mistakes, if at least one concerns the bot itself. Mistakes of an app or of the language model
    /// alone are in [`Self::problems`].
    pub fn read(catalog: &Catalog, get: &dyn Fn(&str) -> Option<String>) -> Result<Self, Vec<Problem>> {
        let mut read = Reader { get, problems: Vec::new() };
        let public_url = read.own_origin("PUBLIC_URL");
        let app_id = read.required("BOT_APP_ID");
        let bot_tenant = read.required("BOT_TENANT_ID");
        let bot_tenant = read.tenant("BOT_TENANT_ID", &bot_tenant);
        let password = read.required("BOT_APP_PASSWORD");
        let name = read.optional("BOT_NAME").unwrap_or_else(|| "Workbot".to_owned());
        let listed = read.list("ALLOWED_TENANTS");
        let mut allowed_tenants: Vec<_> =
            listed.iter().filter_map(|entry| read.tenant("ALLOWED_TENANTS", entry)).collect();
        if allowed_tenants.is_empty() {
            allowed_tenants.extend(bot_tenant.clone());
        }
        let cloud = read.cloud("CLOUD");
        let bot_openid_metadata_url =
            read.address_or("BOT_OPENID_METADATA_URL", cloud.bot_openid_metadata_url);
        let entra_authority = read.address_or("ENTRA_AUTHORITY", cloud.entra_authority);
        let mut service_origins = read.origins("TRUSTED_SERVICE_URLS");
        service_origins.extend(cloud.service_origins.iter().map(|origin| (*origin).to_owned()));
        let all_loopback = |origins: &[String]| {
            let mut urls = origins.iter().chain([&public_url]).map(|text| Url::parse(text));
            urls.all(|url| url.is_ok_and(|url| is_loopback(&url)))
        };
        let mut tab_host_origins = read.origins("TAB_HOST_ORIGINS");
        if !tab_host_origins.is_empty() && !all_loopback(&tab_host_origins) {
            read.problem(
                "TAB_HOST_ORIGINS",
                "is for local development only: it and PUBLIC_URL must be on localhost; remove it",
            );
            tab_host_origins.clear();
        }
        let revoke_on_uninstall = match read.optional("REVOKE_ON_UNINSTALL").as_deref() {
            None | Some("false") => false,
            Some("true") => true,
            Some(_) => {
                read.problem("REVOKE_ON_UNINSTALL", "must be true or false");
                false
            }
        };
        let idle = read.days("IDLE_DAYS");
        let keys = read.required("MASTER_KEYS");
        let master_keys = match MasterKeys::parse(&keys) {
            Ok(keys) => Some(keys),
            Err(problem) if !keys.is_empty() => {
                read.problem("MASTER_KEYS", problem.to_string());
                None
            }
            Err(_) => None,
        };
        let (mut apps, mut lacking, mut problems) = (BTreeMap::new(), BTreeMap::new(), Vec::new());
        let language_model = LanguageModel::read(get).unwrap_or_else(|mistakes| {
            problems.extend(mistakes);
            None
        });
        for (id, app) in &catalog.apps {
            match read_app(get, id, app) {
                Ok(Some(setup)) => {
                    apps.insert(id.clone(), setup);
                }
                Ok(None) => {
                    lacking.insert(id.clone(), missing_variables(get, id, app));
                }
                Err(mistakes) => {
                    lacking.insert(id.clone(), mistakes.iter().map(|mistake| mistake.name.clone()).collect());
                    problems.extend(mistakes);
                }
            }
        }
        match (bot_tenant, master_keys) {
            (Some(tenant), Some(master_keys)) if read.problems.is_empty() => Ok(Self {
                public_url,
                bot: Bot { app_id, tenant, name, password: SecretString::from(password) },
                allowed_tenants,
                cloud,
                bot_openid_metadata_url,
                entra_authority,
                service_origins,
                tab_host_origins,
                revoke_on_uninstall,
                language_model,
                idle,
                master_keys,
                apps,
                missing: lacking,
                problems,
            }),
            _ => Err(read.problems.into_iter().chain(problems).collect()),
        }
    }

    /// The deployment has no binding to Workers AI: a language model without an endpoint counts as not set
    /// up.
    pub fn require_endpoint_of_language_model(&mut self) {
        let without = |model: &mut LanguageModel| matches!(model.endpoint, ModelEndpoint::WorkersAi);
        if self.language_model.take_if(without).is_some() {
            let what =
                "is missing: state the endpoint of LLM_MODEL, or add the binding `AI` to wrangler.toml";
            self.problems.push(Problem { name: "LLM_URL".to_owned(), what: what.to_owned() });
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::catalog::tests::real_catalog;
    use crate::cloud::{CLOUDS, PUBLIC};

    /// A complete configuration with changed variables.
    pub(crate) fn configured(change: &[(&str, &str)]) -> Result<Config, Vec<Problem>> {
        let values: BTreeMap<&str, &str> = [
            ("PUBLIC_URL", "https://bot.contoso.com/"),
            ("BOT_APP_ID", "bot"),
            ("BOT_TENANT_ID", "T1"),
            ("BOT_APP_PASSWORD", "bot-password"),
            ("MASTER_KEYS", "k1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"),
            ("APP_SALESFORCE_CLIENT_ID", "client"),
            ("APP_SALESFORCE_CLIENT_SECRET", "client-secret"),
        ]
        .into_iter()
        .chain(change.iter().copied())
        .collect();
        Config::read(&real_catalog(), &|name| values.get(name).map(|value| (*value).to_owned()))
    }

    /// The names of the bot's variables with mistakes.
    fn names(change: &[(&str, &str)]) -> Vec<String> {
        configured(change).err().unwrap_or_default().into_iter().map(|problem| problem.name).collect()
    }

    #[test]
    fn the_effect_of_uninstalling_is_true_false_or_unset() {
        assert!(!configured(&[]).unwrap().revoke_on_uninstall);
        assert!(configured(&[("REVOKE_ON_UNINSTALL", "true")]).unwrap().revoke_on_uninstall);
        assert!(configured(&[("REVOKE_ON_UNINSTALL", "yes")]).is_err());
    }

    #[test]
    fn a_language_model_without_an_endpoint_is_one_of_workers_ai() {
        let host =
            |change: &[(&str, &str)]| configured(change).unwrap().language_model.map(|model| model.host());
        assert_eq!(host(&[]), None);
        assert_eq!(host(&[("LLM_MODEL", "@cf/x/y")]).as_deref(), Some(WORKERS_AI));
        let endpoint = [("LLM_URL", "https://models.contoso.com/v1/"), ("LLM_MODEL", "small")];
        assert_eq!(host(&endpoint).as_deref(), Some("models.contoso.com"));
        let mut config = configured(&endpoint).unwrap();
        config.require_endpoint_of_language_model();
        assert!(config.language_model.is_some() && config.problems.is_empty());
    }

    #[test]
    fn a_malformed_language_model_is_none_and_the_bot_works() {
        let of = |config: &Config| {
            let names: Vec<_> = config.problems.iter().map(|problem| problem.name.clone()).collect();
            (config.language_model.is_some(), names)
        };
        for (change, named) in [
            ([("LLM_URL", "https://models.contoso.com/v1"), ("LLM_MODEL", "")], "LLM_MODEL"),
            ([("LLM_URL", "http://models.contoso.com/v1"), ("LLM_MODEL", "small")], "LLM_URL"),
            ([("LLM_URL", "models"), ("LLM_MODEL", "small")], "LLM_URL"),
        ] {
            assert_eq!(of(&configured(&change).unwrap()), (false, vec![named.to_owned()]), "{change:?}");
        }
        let mut config = configured(&[("LLM_MODEL", "@cf/x/y")]).unwrap();
        config.require_endpoint_of_language_model();
        assert_eq!(of(&config), (false, vec!["LLM_URL".to_owned()]), "no binding");
    }

    #[test]
    fn the_public_url_is_an_origin_in_one_spelling() {
        let origin = |value: &str| configured(&[("PUBLIC_URL", value)]).map(|config| config.public_url);
        for (value, stored) in [
            ("https://Bot.Contoso.com", "https://bot.contoso.com"),
            ("HTTPS://bot.contoso.com:443/", "https://bot.contoso.com"),
            ("https://bot.contoso.com:8443", "https://bot.contoso.com:8443"),
            ("https://xn--bcher-kva.example", "https://xn--bcher-kva.example"),
            ("http://localhost:8787/", "http://localhost:8787"),
        ] {
            assert_eq!(origin(value).unwrap(), stored, "{value}");
        }
        for value in [
            "https://bot.contoso.com/x",
            "https://bot.contoso.com//",
            "https://bot.contoso.com/?",
            "https://bot.contoso.com?x=1",
            "https://bot.contoso.com#x",
            "https://bot.contoso.com/#",
            "https://ada@bot.contoso.com",
            "http://bot.contoso.com",
            "bot.contoso.com",
        ] {
            let problems = origin(value).unwrap_err();
            let message = problems[0].to_string();
            assert!(message.starts_with("PUBLIC_URL must be") && problems.len() == 1, "{value}: {message}");
        }
    }

    #[test]
    fn idle_days_are_a_number_and_off_unless_set() {
        let idle = |value: &str| configured(&[("IDLE_DAYS", value)]).map(|config| config.idle);
        assert_eq!((idle(""), idle("0")), (Ok(None), Ok(None)));
        assert_eq!(idle("90"), Ok(Some(Duration::from_secs(90 * 24 * 3600))));
        for wrong in ["-1", "1.5", "ninety", "3651", "99999999999"] {
            assert!(matches!(idle(wrong), Err(problems) if problems[0].name == "IDLE_DAYS"), "{wrong}");
        }
    }

    #[test]
    fn defaults_are_microsofts_and_those_of_the_app_files() {
        let config = configured(&[]).unwrap();
        assert_eq!(config.public_url, "https://bot.contoso.com");
        assert_eq!(config.entra_authority, "https://login.microsoftonline.com");
        assert_eq!(config.allowed_tenants, [TenantId::parse("t1").unwrap()]);
        assert_eq!((config.cloud, config.service_origins.len()), (&PUBLIC, 3));
        let salesforce = &config.apps[&AppId::parse("salesforce").unwrap()];
        assert_eq!(salesforce.vars["LOGIN_URL"], "https://login.salesforce.com");
    }

    #[test]
    fn a_cloud_has_its_own_defaults_and_each_can_be_overridden() {
        for cloud in CLOUDS {
            let config = configured(&[("CLOUD", cloud.name)]).unwrap();
            assert_eq!(config.cloud, cloud);
            assert_eq!(config.bot_openid_metadata_url, cloud.bot_openid_metadata_url);
            assert_eq!(config.entra_authority, cloud.entra_authority);
            assert_eq!(config.service_origins, cloud.service_origins);
            let own = [
                ("CLOUD", cloud.name),
                ("BOT_OPENID_METADATA_URL", "https://bots.example/metadata"),
                ("ENTRA_AUTHORITY", "https://login.example"),
                ("TRUSTED_SERVICE_URLS", "https://teams.example"),
            ];
            let config = configured(&own).unwrap();
            assert_eq!(config.bot_openid_metadata_url, own[1].1);
            assert_eq!(config.entra_authority, own[2].1);
            assert_eq!(config.service_origins.len(), 1 + cloud.service_origins.len());
        }
    }

    #[test]
    fn an_unknown_cloud_is_a_mistake_that_lists_the_known_ones() {
        let problems = configured(&[("CLOUD", "gcc")]).unwrap_err();
        assert_eq!(problems.len(), 1);
        let message = problems[0].to_string();
        assert!(message.starts_with("CLOUD must be one of public, gcc_high, dod, china"), "{message}");
    }

    #[test]
    fn every_mistake_is_reported_at_once() {
        assert_eq!(
            names(&[
                ("PUBLIC_URL", "http://bot.contoso.com"),
                ("BOT_APP_ID", ""),
                ("MASTER_KEYS", "k1:AAEC")
            ]),
            ["PUBLIC_URL", "BOT_APP_ID", "MASTER_KEYS"]
        );
        assert_eq!(
            names(&[("BOT_APP_PASSWORD", ""), ("APP_SALESFORCE_CLIENT_SECRET", "")]),
            ["BOT_APP_PASSWORD", "APP_SALESFORCE_CLIENT_SECRET"]
        );
        assert_eq!(names(&[("TRUSTED_SERVICE_URLS", "http://evil.example")]), ["TRUSTED_SERVICE_URLS"]);
        assert_eq!(names(&[("ENTRA_AUTHORITY", "https://u:p@login.example")]), ["ENTRA_AUTHORITY"]);
    }

    #[test]
    fn plain_http_and_additional_tab_hosts_are_for_loopback_only() {
        let local = [("PUBLIC_URL", "http://localhost:8787"), ("TAB_HOST_ORIGINS", "http://127.0.0.1:8788")];
        assert_eq!(configured(&local).unwrap().tab_host_origins, ["http://127.0.0.1:8788"]);
        assert_eq!(names(&[("TAB_HOST_ORIGINS", "http://localhost:8788")]), ["TAB_HOST_ORIGINS"]);
        assert_eq!(
            names(&[("PUBLIC_URL", "http://localhost:8787"), ("TAB_HOST_ORIGINS", "https://evil.example")]),
            ["TAB_HOST_ORIGINS"]
        );
    }

    #[test]
    fn debug_output_holds_no_secret() {
        let shown = format!("{:?}", configured(&[]).unwrap());
        assert!(!shown.contains("bot-password") && !shown.contains("client-secret"), "{shown}");
        let problems = format!("{:?}", configured(&[("MASTER_KEYS", "k1:c2VjcmV0")]).unwrap_err());
        assert!(!problems.contains("c2VjcmV0"), "{problems}");
    }
}
