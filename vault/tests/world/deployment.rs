//! A deployment of the vault in the world: its configuration and the process that runs it.

use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::LazyLock;
use workbot_domain::catalog::Catalog;
use workbot_domain::config::Config;
use workbot_domain::correlation_id::CorrelationId;
use workbot_shared::TenantId;
use workbot_vault::ports::ObjectClass;
use workbot_vault::{Isolate, Vault, Workspace, installed_catalog};

use crate::ports::{Own, Platform};
use crate::sandbox_settings::{SANDBOX, TENANT, WORKER, settings};
use crate::world::{Factory, Object, Program, World};

thread_local! {
    /// The configuration of every first deployment.
    static FIRST: Rc<Config> = configuration(&variables());
}

/// The catalog, read once from its files, with apps of the tests.
static CATALOG: LazyLock<Catalog> = LazyLock::new(|| {
    let files = [
        ("ledger", include_str!("apps/ledger.toml")),
        ("ledger-archive", include_str!("apps/ledger-archive.toml")),
    ];
    let files = files.map(|(stem, text)| workbot_catalog::SourceFile {
        path: format!("apps/{stem}.toml"),
        stem: stem.to_owned(),
        text: text.to_owned(),
    });
    let own = workbot_catalog::read(&files, &[], &[]).unwrap_or_else(|mistakes| panic!("{mistakes:?}"));
    let mut catalog = workbot_catalog::load().unwrap();
    catalog.apps.extend(own.apps);
    catalog
});

/// A master key in the format of `MASTER_KEYS`.
pub fn master_key(kid: &str, byte: u8) -> String {
    use base64::Engine;
    format!("{kid}:{}", base64::engine::general_purpose::URL_SAFE_NO_PAD.encode([byte; 32]))
}

/// The variables of docs/deploy.md.
fn variables() -> BTreeMap<String, String> {
    let settings = settings();
    let mut all = BTreeMap::new();
    let mut set = |name: &str, value: String| all.insert(name.to_owned(), value);
    set("PUBLIC_URL", WORKER.to_owned());
    set("BOT_APP_ID", settings.bot.id);
    set("BOT_APP_PASSWORD", settings.bot.secret);
    set("BOT_TENANT_ID", TENANT.to_owned());
    set("BOT_OPENID_METADATA_URL", format!("{SANDBOX}/botframework/.well-known/openidconfiguration"));
    set("ENTRA_AUTHORITY", format!("{SANDBOX}/entra"));
    set("TRUSTED_SERVICE_URLS", SANDBOX.to_owned());
    set("LLM_URL", format!("{SANDBOX}/language-model/v1"));
    set("LLM_MODEL", "local".to_owned());
    set("LLM_API_KEY", workbot_sandbox::language_model::KEY.to_owned());
    set("IDLE_DAYS", "90".to_owned());
    set("REVOKE_ON_UNINSTALL", "true".to_owned());
    set("MASTER_KEYS", master_key("k1", 1));
    let clients = [
        ("SALESFORCE", Some(settings.salesforce)),
        ("SERVICENOW", settings.servicenow),
        ("BOX", settings.box_com),
    ];
    for (app, client) in clients {
        let client = client.unwrap();
        set(&format!("APP_{app}_CLIENT_ID"), client.id);
        set(&format!("APP_{app}_CLIENT_SECRET"), client.secret);
    }
    for app in ["LEDGER", "LEDGER_ARCHIVE"] {
        set(&format!("APP_{app}_CLIENT_ID"), "client-at-ledger".to_owned());
        set(&format!("APP_{app}_CLIENT_SECRET"), "the-secret-of-ledger".to_owned());
    }
    for (name, path) in [
        ("SALESFORCE_LOGIN_URL", "salesforce"),
        ("SERVICENOW_INSTANCE_URL", "servicenow"),
        ("BOX_ACCOUNT_URL", "box-account"),
        ("BOX_APP_URL", "box-account"),
        ("BOX_API_URL", "box-api"),
        ("BOX_UPLOAD_URL", "box-upload"),
        ("BOX_ISSUER", "box-account"),
        ("FRESHDESK_SITE_URL", "freshdesk"),
    ] {
        set(&format!("APP_{name}"), format!("{SANDBOX}/{path}"));
    }
    all
}

/// A deployment.
pub struct Deployment {
    pub world: Rc<World>,
    variables: RefCell<BTreeMap<String, String>>,
    isolate: RefCell<Rc<Isolate>>,
}

impl Deployment {
    /// The first deployment in the world of a seed.
    pub fn of(seed: u64, told: bool) -> Rc<Self> {
        static INSTALLED: LazyLock<()> = LazyLock::new(|| installed_catalog::install(CATALOG.clone()));
        LazyLock::force(&INSTALLED);
        let world = World::of(seed, Rc::new(|_, _| panic!("no version is deployed")), told);
        let isolate = process(&world, FIRST.with(Rc::clone));
        world.deploy(factory(&isolate));
        Rc::new(Self { world, variables: RefCell::new(variables()), isolate: RefCell::new(isolate) })
    }

    /// Deploys a new version with changed variables: a new process, and all objects start again.
    pub fn deploy<'a>(&self, changes: impl IntoIterator<Item = (&'a str, String)>) {
        let mut variables = self.variables.borrow_mut();
        variables.extend(changes.into_iter().map(|(name, value)| (name.to_owned(), value)));
        let isolate = process(&self.world, configuration(&variables));
        self.world.deploy(factory(&isolate));
        self.isolate.replace(isolate);
        self.world.kill_all();
    }

    /// The only tenant.
    pub fn tenant() -> TenantId {
        TenantId::parse(TENANT).unwrap()
    }

    /// Adds a new active master key and keeps the previous one for opening.
    pub fn rotate_master_key(&self) {
        let before = self.variables.borrow()["MASTER_KEYS"].clone();
        let count = u8::try_from(before.split(',').count()).unwrap() + 1;
        self.deploy(Some(("MASTER_KEYS", format!("{},{before}", master_key(&format!("k{count}"), count)))));
    }

    /// The process.
    pub fn isolate(&self) -> Rc<Isolate> {
        Rc::clone(&self.isolate.borrow())
    }

    /// The configuration.
    pub fn config(&self) -> Rc<Config> {
        Rc::clone(self.isolate().configuration().unwrap())
    }

    /// Ends the world.
    pub fn end(&self) {
        self.world.end();
    }
}

fn configuration(variables: &BTreeMap<String, String>) -> Rc<Config> {
    let config = Config::read(installed_catalog::catalog(), &|name| variables.get(name).cloned());
    let config = config.unwrap_or_else(|problems| panic!("{problems:?}"));
    assert_eq!(config.problems, []);
    Rc::new(config)
}

fn process(world: &Rc<World>, config: Rc<Config>) -> Rc<Isolate> {
    Rc::new(Isolate::new(Rc::new(Platform(Rc::clone(world))), Ok(config)))
}

fn factory(isolate: &Rc<Isolate>) -> Factory {
    let isolate = Rc::clone(isolate);
    Rc::new(move |world, object| program(&isolate, world, object))
}

fn program(isolate: &Rc<Isolate>, world: &Rc<World>, object: &Rc<Object>) -> Box<dyn Program> {
    let own = Rc::new(Own { world: Rc::clone(world), object: Rc::clone(object) });
    match object.class {
        ObjectClass::Vault => {
            Box::new(InVault(Rc::new(Vault::new(Rc::clone(isolate), own, Some(&object.name)))))
        }
        ObjectClass::Workspace => Box::new(InWorkspace(Rc::new(Workspace::new(Rc::clone(isolate), own)))),
    }
}

struct InVault(Rc<Vault>);

impl Program for InVault {
    fn fetch(&self, body: Vec<u8>, id: CorrelationId) -> LocalBoxFuture<'static, Option<Vec<u8>>> {
        let vault = Rc::clone(&self.0);
        async move { vault.fetch(&body, id).await.ok() }.boxed_local()
    }

    fn alarm(&self) -> LocalBoxFuture<'static, ()> {
        let vault = Rc::clone(&self.0);
        async move { vault.alarm().await }.boxed_local()
    }
}

struct InWorkspace(Rc<Workspace>);

impl Program for InWorkspace {
    fn fetch(&self, body: Vec<u8>, _: CorrelationId) -> LocalBoxFuture<'static, Option<Vec<u8>>> {
        let workspace = Rc::clone(&self.0);
        async move { workspace.fetch(&body).await.ok() }.boxed_local()
    }

    fn alarm(&self) -> LocalBoxFuture<'static, ()> {
        let workspace = Rc::clone(&self.0);
        async move { workspace.alarm().await }.boxed_local()
    }
}
