//! An agent: a client of the agent door, around the vault of its person.

use serde_json::{Value, json};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use workbot_domain::agent::client::Client;
use workbot_domain::agent::json_rpc::RequestId;
use workbot_domain::agent::policy::DoorPolicy;
use workbot_domain::agent::request::ToolCall;
use workbot_domain::agent::token::{AccessToken, Code, RefreshToken};
use workbot_domain::ids::GrantId;
use workbot_domain::owner::VaultId;
use workbot_shared::{AgentDoorChange, Agents, AuditAction, AuditEntry, Language};
use workbot_vault::agent_protocol::{AgentRequest, AgentResponse};
use workbot_vault::protocol::{VaultRequest, VaultResponse};
use workbot_vault::workspace::{self, RegisteredClient};

use crate::deployment::Deployment;
use crate::directed_world::Directed;
use crate::person::Person;
use crate::sandbox_settings::WORKER;

/// The example of RFC 7636 appendix B.
pub const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
pub const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub const CALLBACK: &str = "https://agent.example/callback";

/// A client with a grant of a person.
pub struct Agent {
    pub person: Rc<Person>,
    pub client: Client,
    pub grant: GrantId,
    pub refresh: RefCell<String>,
    /// Whether it shows its person addresses.
    pub opens_urls: bool,
    next_id: Cell<i64>,
}

pub fn client(host: &str) -> Client {
    Client {
        id: format!("https://{host}/client.json"),
        name: "Agent".into(),
        host: Some(host.into()),
        redirect_uris: vec![CALLBACK.into()],
    }
}

impl Directed {
    /// An admin changes what agents may do.
    pub fn door(&self, admin: &Person, open: bool, reads: bool, without_asking: bool) {
        let (open, reads, without_asking) = (Some(open), Some(reads), Some(without_asking));
        let change = AgentDoorChange { open, reads, without_asking, ..AgentDoorChange::default() };
        self.changes_door(admin, change);
    }

    /// An admin changes a part of what agents may do.
    pub fn changes_door(&self, admin: &Person, change: AgentDoorChange) {
        let (isolate, admin) = (self.deployment.isolate(), admin.admin());
        self.done(async move {
            workspace::change_agent_door(&isolate, &Deployment::tenant(), change, admin).await.unwrap();
        });
    }

    /// What the admins allow agents.
    pub fn door_policy(&self) -> DoorPolicy {
        let isolate = self.deployment.isolate();
        self.done(async move { workspace::agent_door(&isolate, &Deployment::tenant()).await.unwrap() })
    }

    /// An admin registers a public client.
    pub fn registers_client(&self, admin: &Person, client: &Client) {
        let registered = RegisteredClient { client: client.clone(), secret_hash: None };
        let added = (client.id.clone(), Some(registered), AuditAction::AgentClientAdded);
        self.puts_client(admin, added);
    }

    /// An admin removes a client that an admin registered.
    pub fn removes_client(&self, admin: &Person, id: &str) {
        self.puts_client(admin, (id.to_owned(), None, AuditAction::AgentClientRemoved));
    }

    fn puts_client(
        &self,
        admin: &Person,
        (id, client, act): (String, Option<RegisteredClient>, AuditAction),
    ) {
        let (isolate, admin) = (self.deployment.isolate(), admin.admin());
        let noted = (isolate.fresh_id(), admin.changed_agents(act, id.clone(), isolate.now()));
        self.done(async move {
            workspace::put_agent_client(&isolate, &Deployment::tenant(), (id, client), noted).await.unwrap();
        });
    }

    /// A person's agents, as the tab lists them.
    pub fn agents(&self, person: &Person) -> Agents {
        match self.asks_of_agents(person, AgentRequest::List { language: Language::En }) {
            Some(AgentResponse::Agents(agents)) => agents,
            other => panic!("{other:?}"),
        }
    }

    /// Who lets which agent act, as admins list it: a search of person, agent or host.
    pub fn agents_of_people(&self, search: &str) -> Vec<(String, String)> {
        let (isolate, search) = (self.deployment.isolate(), search.to_owned());
        let found = self.done(async move {
            workspace::agents_of_people(&isolate, &Deployment::tenant(), search, None, 50).await.unwrap()
        });
        found.rows.into_iter().map(|row| (row.name, row.agent.client)).collect()
    }

    /// The audit, newest first.
    pub fn audit(&self) -> Vec<AuditEntry> {
        let isolate = self.deployment.isolate();
        let audit = async move { workspace::audit(&isolate, &Deployment::tenant(), None, 50).await.unwrap() };
        self.done(audit).entries
    }

    /// Sends a request about agents.
    pub fn asks_of_agents(&self, person: &Person, request: AgentRequest) -> Option<AgentResponse> {
        match self.asks(person, VaultRequest::Agent(Box::new(request)))? {
            VaultResponse::Agent(response) => Some(response),
            _ => panic!("unexpected response about agents"),
        }
    }

    /// The person agrees that a client acts for them. Returns the code.
    pub fn agrees(&self, person: &Person, client: &Client) -> Option<Code> {
        let (redirect_uri, challenge) = (CALLBACK.to_owned(), CHALLENGE.to_owned());
        match self.asks_of_agents(
            person,
            AgentRequest::Consent { client: client.clone(), redirect_uri, challenge },
        )? {
            AgentResponse::Code(code) => {
                Some(Code::open(&self.deployment.config().master_keys, &code).unwrap())
            }
            AgentResponse::Closed => None,
            other => panic!("{other:?}"),
        }
    }

    /// A client exchanges a code.
    pub fn redeems(&self, code: &Code, verifier: &str, redirect_uri: Option<&str>) -> AgentResponse {
        let request = AgentRequest::RedeemCode {
            client: code.client.clone(),
            redirect_uri: redirect_uri.map(str::to_owned),
            verifier: verifier.to_owned(),
            code: code.clone(),
        };
        let (deployment, vault) = (Rc::clone(&self.deployment), VaultId::of(&code.subject));
        let request = VaultRequest::Agent(Box::new(request));
        match self.done(async move { deployment.ask(&vault, request).await.ok() }) {
            Some(VaultResponse::Agent(response)) => response,
            _ => panic!("unexpected response to a code"),
        }
    }

    /// A client that acts for a person.
    pub fn agent(&self, person: &Rc<Person>, host: &str, opens_urls: bool) -> Agent {
        self.agent_of(person, client(host), opens_urls)
    }

    /// The same for any client.
    pub fn agent_of(&self, person: &Rc<Person>, client: Client, opens_urls: bool) -> Agent {
        let code = self.agrees(person, &client).unwrap();
        let AgentResponse::Tokens { access, refresh } = self.redeems(&code, VERIFIER, Some(CALLBACK)) else {
            panic!("no tokens")
        };
        let (config, now) = (self.deployment.config(), self.deployment.isolate().now());
        let access = AccessToken::open(&config.master_keys, &access, &format!("{WORKER}/mcp"), now).unwrap();
        assert_eq!((&access.subject, &access.grant), (&person.subject(), &code.grant));
        let (refresh, next_id) = (RefCell::new(refresh), Cell::new(1));
        Agent { person: Rc::clone(person), client, grant: access.grant, refresh, opens_urls, next_id }
    }

    /// The agent exchanges a refresh token.
    pub fn refreshes(&self, agent: &Agent, refresh: &str) -> AgentResponse {
        let token = RefreshToken::open(&self.deployment.config().master_keys, refresh).unwrap();
        let client = agent.client.id.clone();
        self.asks_of_agents(&agent.person, AgentRequest::Refresh { token, client }).unwrap()
    }

    /// The agent calls a tool.
    pub fn calls(&self, agent: &Agent, tool: &str, arguments: Value) -> AgentResponse {
        let id = agent.next_id.replace(agent.next_id.get() + 1);
        self.calls_with(agent, id, tool, arguments, None, false)
    }

    /// The same with an id, and with what an earlier response asked for.
    pub fn calls_with(
        &self,
        agent: &Agent,
        id: i64,
        tool: &str,
        arguments: Value,
        request_state: Option<String>,
        declined: bool,
    ) -> AgentResponse {
        let arguments = arguments.as_object().unwrap().clone();
        let call = ToolCall { name: tool.to_owned(), arguments, declined, request_state };
        let (grant, opens_urls) = (agent.grant.clone(), agent.opens_urls);
        let request = AgentRequest::CallTool { grant, id: RequestId::Number(id), opens_urls, call };
        self.asks_of_agents(&agent.person, request).unwrap()
    }

    /// The agent asks for the state of a run, until it is this.
    pub fn gets(&self, agent: &Agent, run: &str, status: &str) -> Value {
        for _ in 0..20 {
            self.passes(std::time::Duration::from_secs(10));
            let result = structured(&self.calls(agent, "get_run", json!({ "run": run })));
            if result["status"] == status {
                return result;
            }
        }
        panic!("the run is not {status}: {}", structured(&self.calls(agent, "get_run", json!({"run": run}))))
    }

    /// The person presses a button of the approval card.
    pub fn answers(&self, person: &Rc<Person>, run: &str, approved: bool) {
        let verb = if approved { "run.resume" } else { "run.cancel" };
        let (presses, data) = (Rc::clone(person), json!({ "verb": verb, "run": run }));
        self.done(async move { presses.press(verb, data).await });
    }
}

/// The structured value of a tool's result.
pub fn structured(response: &AgentResponse) -> Value {
    match response {
        AgentResponse::Called { structured, .. } => structured.clone(),
        other => panic!("{other:?}"),
    }
}

/// The run of a tool's result.
pub fn run(response: &AgentResponse) -> String {
    structured(response)["run"].as_str().unwrap().to_owned()
}
