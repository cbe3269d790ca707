//! Lending: a run gets access from its person's own vault, or from the company's. What is lent cannot be renewed by the
//! borrower; the vault that owns the connection does that, one refresh at a time for everybody.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::rc::Rc;
use workbot_domain::connection::{AccountIdentity, Reason, TokenSet};
use workbot_domain::event::CorrelationId;
use workbot_domain::owner::VaultId;
use workbot_domain::text::Words;
use workbot_shared::{AppId, RecipeId};

use super::calling::refusal;
use super::grants::{Access, NoAccess};
use super::protocol::{VaultAnswer, VaultRequest, ask};
use super::{Core, Trouble, grants};
use crate::catalogue::catalogue;

/// Access on its way from the vault that owns it. Without a refresh token; never stored.
#[derive(Serialize, Deserialize)]
pub struct Lent {
    tokens: String,
    account: AccountIdentity,
    revision: String,
}

impl Lent {
    fn of(access: &Access) -> Self {
        let tokens = access.tokens.without_refresh_token().to_bytes();
        Self {
            tokens: String::from_utf8(tokens).unwrap_or_default(),
            account: access.account.clone(),
            revision: access.revision.clone(),
        }
    }

    fn access(self) -> Result<Access, NoAccess> {
        let tokens = TokenSet::from_bytes(self.tokens.as_bytes()).ok_or(NoAccess::NotNow)?;
        Ok(Access { tokens: Rc::new(tokens), account: self.account, revision: self.revision })
    }
}

/// What came of asking for access, by app.
pub type Lendings = BTreeMap<AppId, Result<Lent, NoAccess>>;

/// Lends access to apps.
pub async fn lend(core: &Rc<Core>, apps: &[AppId], id: &CorrelationId) -> Result<VaultAnswer, Trouble> {
    let mut lendings = Lendings::new();
    for app in apps {
        let access = grants::access(core, app, id).await;
        if access.is_ok() {
            core.used(app, None)?;
        }
        lendings.insert(app.clone(), access.map(|access| Lent::of(&access)));
    }
    Ok(VaultAnswer::Lent(lendings))
}

/// An app did not take what was lent: lends anew.
pub async fn lend_anew(core: &Rc<Core>, app: &AppId, revision: &str, id: &CorrelationId) -> VaultAnswer {
    let renewed = grants::renew(core, app, revision, false, id).await.map(|access| Lent::of(&access));
    VaultAnswer::Lent([(app.clone(), renewed)].into())
}

/// What a run borrowed from the company's vault, for as long as it is being driven.
#[derive(Default)]
pub struct Borrowed(BTreeMap<AppId, Result<Access, NoAccess>>);

impl Borrowed {
    /// Borrows what is not there yet. `false`: not now.
    pub async fn fetch(&mut self, core: &Core, apps: Vec<AppId>, id: &CorrelationId) -> bool {
        let missing: Vec<_> = apps.into_iter().filter(|app| !self.0.contains_key(app)).collect();
        if missing.is_empty() {
            return true;
        }
        let Ok(lendings) = borrow(core, VaultRequest::Lend { apps: missing }, id).await else { return false };
        for (app, lent) in lendings {
            let access = lent.and_then(Lent::access);
            if matches!(access, Err(NoAccess::NotNow)) {
                return false;
            }
            self.0.insert(app, access);
        }
        true
    }

    /// What was borrowed for an app no longer works.
    pub fn forget(&mut self, app: &AppId) {
        self.0.remove(app);
    }

    /// Whether an app can be used; if not, what to tell the person.
    pub fn usable(&self, words: Words, app: &AppId) -> Result<(), String> {
        let name = catalogue().app_name(app);
        match self.0.get(app) {
            Some(Ok(_)) => Ok(()),
            Some(Err(problem)) => Err(refusal(words, problem, name)),
            None => Err(refusal(words, &NoAccess::NeedsLogin, name)),
        }
    }
}

async fn borrow(core: &Core, request: VaultRequest, asked: &CorrelationId) -> Result<Lendings, NoAccess> {
    let Ok(id) = core.id() else { return Err(NoAccess::NotNow) };
    match ask(&core.env, &VaultId::shared(&id.tenant), &request, asked).await {
        Ok(VaultAnswer::Lent(lendings)) => Ok(lendings),
        _ => Err(NoAccess::NotNow),
    }
}

/// Whose connection a step uses.
#[derive(Clone, Copy)]
pub enum Whose {
    /// The person's.
    Own,
    /// The company's.
    Shared,
}

impl Whose {
    /// Access to an app.
    pub async fn access(
        self,
        core: &Rc<Core>,
        borrowed: &Borrowed,
        app: &AppId,
        id: &CorrelationId,
    ) -> Result<Access, NoAccess> {
        match self {
            Self::Own => grants::access(core, app, id).await,
            Self::Shared => borrowed.0.get(app).cloned().unwrap_or(Err(NoAccess::NotNow)),
        }
    }

    /// The app did not take this revision: the next one.
    pub async fn renew(
        self,
        core: &Rc<Core>,
        app: &AppId,
        revision: &str,
        id: &CorrelationId,
    ) -> Result<Access, NoAccess> {
        match self {
            Self::Own => grants::renew(core, app, revision, false, id).await,
            Self::Shared => {
                let request = VaultRequest::LendAnew { app: app.clone(), revision: revision.to_owned() };
                let mut lendings = borrow(core, request, id).await?;
                lendings.remove(app).unwrap_or(Err(NoAccess::NotNow))?.access()
            }
        }
    }

    /// The app did not take what was just renewed either: the grant is gone.
    pub async fn gone(
        self,
        core: &Rc<Core>,
        app: &AppId,
        revision: &str,
        id: &CorrelationId,
    ) -> Result<(), Trouble> {
        match self {
            Self::Own => Ok(core.needs_login(app, revision, Reason::GrantGone)?),
            Self::Shared => {
                let request = VaultRequest::Gone { app: app.clone(), revision: revision.to_owned() };
                let shared = VaultId::shared(&core.id()?.tenant);
                ask(&core.env, &shared, &request, id).await.map(|_| ()).map_err(|_| Trouble::Elsewhere)
            }
        }
    }

    /// Notes that a recipe used it. Of what it lends, the company's vault takes note itself.
    pub fn used(self, core: &Core, app: &AppId, recipe: &RecipeId) -> Result<(), Trouble> {
        match self {
            Self::Own => Ok(core.used(app, Some(recipe))?),
            Self::Shared => Ok(()),
        }
    }
}
