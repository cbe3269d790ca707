//! The texts of the login pages: a heading and one or two lines each.

use workbot_shared::Language::{De, En};

use crate::bot_name::bot;
use crate::login_page::LoginPage;
use crate::present::text::Texts;

fn page_text(title: &str, lines: &[&str]) -> (String, Vec<String>) {
    (title.to_owned(), lines.iter().map(|line| (*line).to_owned()).collect())
}

impl Texts {
    /// Returns the heading of a page and its lines.
    #[must_use]
    pub fn page(self, page: &LoginPage) -> (String, Vec<String>) {
        match self.0 {
            En => english(page),
            De => german(page),
        }
    }

    /// The link to a login with another account.
    #[must_use]
    pub fn another_account(self) -> &'static str {
        match self.0 {
            En => "Use another account",
            De => "Anderes Konto verwenden",
        }
    }
}

fn english(page: &LoginPage) -> (String, Vec<String>) {
    let bot = bot();
    let close = "You can close this page and return to Teams.";
    let nothing = "Nothing was connected.";
    let ask_again = format!("Go back to Teams and ask {bot} for a new link.");
    match page {
        LoginPage::Connected { app, account, shared } => page_text(
            "Successfully connected",
            &[
                &if *shared {
                    format!("{bot} now acts in {app} as {account} for your company.")
                } else {
                    format!("{bot} now acts in {app} as {account}.")
                },
                close,
            ],
        ),
        LoginPage::AlreadyConnected { app } => {
            page_text("Already connected", &[&format!("This login to {app} is finished."), close])
        }
        LoginPage::SomeoneElse { signed_in_as, .. } => page_text(
            "This link was made for someone else",
            &[
                &format!("You are signed in as {signed_in_as}. {nothing}"),
                &format!("Ask {bot} for your own link, or use the account that the link was made for."),
            ],
        ),
        LoginPage::NotAnAdmin { signed_in_as } => page_text(
            "Only an admin can connect this",
            &[
                &format!("You are signed in as {signed_in_as}. {nothing}"),
                "Ask your Teams admin for the role Workbot.Admin, then open the link again.",
            ],
        ),
        LoginPage::Declined { app } => page_text(
            "Nothing was connected",
            &[&format!("You declined access at {app}. Ask again any time.")],
        ),
        LoginPage::SigninCancelled => page_text(
            "Nothing was connected",
            &["You cancelled the sign-in.", "Open the link again when you want to go on."],
        ),
        LoginPage::SigninFailed => page_text(
            "The sign-in did not work",
            &[nothing, &format!("Open the link again; if it keeps failing, tell your {bot} admin.")],
        ),
        LoginPage::Expired => page_text("This link has expired", &[nothing, &ask_again]),
        LoginPage::NotALink => {
            page_text("This link does not work", &["It is incomplete or was changed on its way.", &ask_again])
        }
        LoginPage::AlreadyTaken => page_text(
            "This step was already taken",
            &["Nothing was changed.", "If the login is not finished, open the link from Teams again."],
        ),
        LoginPage::OtherBrowser => page_text(
            "This login began in another browser",
            &[nothing, "Open the link from Teams again, and stay in one browser; cookies must be allowed."],
        ),
        LoginPage::MixUp { app } => page_text(
            &format!("This answer is not from {app}"),
            &[nothing, "Open the link from Teams again; if it happens again, tell your admin."],
        ),
        LoginPage::Unreachable { app } => page_text(
            &format!("{app} could not be reached"),
            &[nothing, "Open the link from Teams again in a few minutes."],
        ),
        LoginPage::Unreadable { app } => page_text(
            &format!("{app} gave an unexpected answer"),
            &[
                &format!("{nothing} {bot} cannot use what {app} answered."),
                &format!("Open the link from Teams again; if it keeps failing, tell your {bot} admin."),
            ],
        ),
        LoginPage::Refused { app } => page_text(
            &format!("{app} did not accept the login"),
            &[
                nothing,
                &format!("Open the link from Teams again; if it keeps failing, tell your {bot} admin."),
            ],
        ),
        LoginPage::OtherCompany { app, account } => page_text(
            "This account belongs to another company",
            &[
                &format!("{account} is not part of the {app} that your company connected. {nothing}"),
                "Open the link from Teams again and log in with your work account.",
            ],
        ),
        LoginPage::OtherOrganization { app } => page_text(
            &format!("Another organization was chosen at {app}"),
            &[
                nothing,
                &format!(
                    "Open the link from Teams again and choose the one that your company uses at {app}."
                ),
            ],
        ),
        LoginPage::NotSetUp { app } => {
            page_text(&format!("{app} is not set up here"), &[nothing, "Ask your {bot} admin to set it up."])
        }
        LoginPage::Frozen { app } => page_text(
            &format!("{app} is temporarily blocked here"),
            &[nothing, &format!("Ask your {bot} admin when it can be used again.")],
        ),
        LoginPage::TooMany => {
            page_text("Too many attempts", &[nothing, "Wait a minute, then open the link from Teams again."])
        }
        LoginPage::StillWorking => page_text(
            "Almost there",
            &[
                "The login takes longer than usual and goes on by itself.",
                "Return to Teams: you see there how it ends.",
            ],
        ),
        LoginPage::OurFault { message, correlation_id } => page_text(
            "Something went wrong on our side",
            &[message.as_deref().unwrap_or(nothing), &format!("If you report it, mention {correlation_id}.")],
        ),
        LoginPage::Nothing => page_text("Nothing to do here", &[close]),
    }
}

fn german(page: &LoginPage) -> (String, Vec<String>) {
    let bot = bot();
    let close = "Sie können diese Seite schließen und zu Teams zurückkehren.";
    let nothing = "Es wurde nichts verbunden.";
    let ask_again = format!("Kehren Sie zu Teams zurück und bitten Sie {bot} um einen neuen Link.");
    match page {
        LoginPage::Connected { app, account, shared } => page_text(
            "Erfolgreich verbunden",
            &[
                &if *shared {
                    format!("{bot} handelt in {app} jetzt als {account} für Ihr Unternehmen.")
                } else {
                    format!("{bot} handelt in {app} jetzt als {account}.")
                },
                close,
            ],
        ),
        LoginPage::AlreadyConnected { app } => {
            page_text("Bereits verbunden", &[&format!("Diese Anmeldung bei {app} ist abgeschlossen."), close])
        }
        LoginPage::SomeoneElse { signed_in_as, .. } => page_text(
            "Dieser Link ist für eine andere Person",
            &[
                &format!("Sie sind als {signed_in_as} angemeldet. {nothing}"),
                &format!(
                    "Bitten Sie {bot} um Ihren eigenen Link, oder verwenden Sie das Konto, für das der Link bestimmt ist."
                ),
            ],
        ),
        LoginPage::NotAnAdmin { signed_in_as } => page_text(
            "Das kann nur die Administration verbinden",
            &[
                &format!("Sie sind als {signed_in_as} angemeldet. {nothing}"),
                "Bitten Sie Ihre Teams-Administration um die Rolle Workbot.Admin und öffnen Sie den Link dann erneut.",
            ],
        ),
        LoginPage::Declined { app } => page_text(
            "Es wurde nichts verbunden",
            &[&format!("Sie haben den Zugriff bei {app} abgelehnt. Sie können es jederzeit nachholen.")],
        ),
        LoginPage::SigninCancelled => page_text(
            "Es wurde nichts verbunden",
            &[
                "Sie haben die Anmeldung abgebrochen.",
                "Öffnen Sie den Link erneut, wenn Sie fortfahren möchten.",
            ],
        ),
        LoginPage::SigninFailed => page_text(
            "Die Anmeldung hat nicht geklappt",
            &[
                nothing,
                &format!(
                    "Öffnen Sie den Link erneut. Klappt es weiterhin nicht, melden Sie das Ihrer {bot}-Administration."
                ),
            ],
        ),
        LoginPage::Expired => page_text("Dieser Link ist abgelaufen", &[nothing, &ask_again]),
        LoginPage::NotALink => page_text(
            "Dieser Link funktioniert nicht",
            &["Er ist unvollständig oder wurde unterwegs verändert.", &ask_again],
        ),
        LoginPage::AlreadyTaken => page_text(
            "Dieser Schritt ist bereits erledigt",
            &[
                "Es wurde nichts geändert.",
                "Ist die Anmeldung noch nicht fertig, öffnen Sie den Link in Teams erneut.",
            ],
        ),
        LoginPage::OtherBrowser => page_text(
            "Diese Anmeldung begann in einem anderen Browser",
            &[
                nothing,
                "Öffnen Sie den Link in Teams erneut und bleiben Sie in einem Browser. Cookies müssen erlaubt sein.",
            ],
        ),
        LoginPage::MixUp { app } => page_text(
            &format!("Diese Antwort kommt nicht von {app}"),
            &[
                nothing,
                "Öffnen Sie den Link in Teams erneut. Geschieht es wieder, melden Sie das Ihrer Administration.",
            ],
        ),
        LoginPage::Unreachable { app } => page_text(
            &format!("{app} war nicht erreichbar"),
            &[nothing, "Öffnen Sie den Link in Teams in ein paar Minuten erneut."],
        ),
        LoginPage::Unreadable { app } => page_text(
            &format!("{app} hat unerwartet geantwortet"),
            &[
                &format!("{nothing} {bot} kann mit der Antwort von {app} nichts anfangen."),
                &format!(
                    "Öffnen Sie den Link in Teams erneut. Klappt es weiterhin nicht, melden Sie das Ihrer {bot}-Administration."
                ),
            ],
        ),
        LoginPage::Refused { app } => page_text(
            &format!("{app} hat die Anmeldung nicht akzeptiert"),
            &[
                nothing,
                &format!(
                    "Öffnen Sie den Link in Teams erneut. Klappt es weiterhin nicht, melden Sie das Ihrer {bot}-Administration."
                ),
            ],
        ),
        LoginPage::OtherCompany { app, account } => page_text(
            "Dieses Konto gehört zu einem anderen Unternehmen",
            &[
                &format!(
                    "{account} gehört nicht zu dem Bereich von {app}, den Ihr Unternehmen verbunden hat. {nothing}"
                ),
                "Öffnen Sie den Link in Teams erneut und melden Sie sich mit Ihrem Geschäftskonto an.",
            ],
        ),
        LoginPage::OtherOrganization { app } => page_text(
            &format!("Bei {app} wurde ein anderer Bereich gewählt"),
            &[
                nothing,
                &format!(
                    "Öffnen Sie den Link in Teams erneut und wählen Sie den Bereich, den Ihr Unternehmen bei {app} nutzt."
                ),
            ],
        ),
        LoginPage::NotSetUp { app } => page_text(
            &format!("{app} ist hier nicht eingerichtet"),
            &[nothing, &format!("Bitten Sie Ihre {bot}-Administration, das einzurichten.")],
        ),
        LoginPage::Frozen { app } => page_text(
            &format!("{app} ist hier vorübergehend gesperrt"),
            &[
                nothing,
                &format!("Fragen Sie Ihre {bot}-Administration, wann es wieder verwendet werden kann."),
            ],
        ),
        LoginPage::TooMany => page_text(
            "Zu viele Versuche",
            &[nothing, "Warten Sie eine Minute und öffnen Sie den Link in Teams dann erneut."],
        ),
        LoginPage::StillWorking => page_text(
            "Fast geschafft",
            &[
                "Die Anmeldung dauert länger als üblich und läuft von selbst weiter.",
                "Kehren Sie zu Teams zurück: Dort sehen Sie, wie es ausgeht.",
            ],
        ),
        LoginPage::OurFault { message, correlation_id } => page_text(
            "Bei uns ist etwas schiefgegangen",
            &[
                message.as_deref().unwrap_or(nothing),
                &format!("Wenn Sie es melden, nennen Sie {correlation_id}."),
            ],
        ),
        LoginPage::Nothing => page_text("Hier gibt es nichts zu tun", &[close]),
    }
}
