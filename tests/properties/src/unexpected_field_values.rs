//! JSON of others with an unexpected value in one field: a field that decides nothing is left out, a field
//! that decides trust is refused.

use serde_json::{Value, json};
use std::slice::from_ref;
use workbot_domain::activity::{Activity, Turn, TurnEvent};
use workbot_domain::bot_framework_token::{AdmissionRules, BotCaller, BotClaims};
use workbot_domain::json;
use workbot_domain::jwks::{CachedIssuer, Jwks, KeySet, KeyStep};
use workbot_domain::membership::{Membership, RosterLookup};
use workbot_domain::owner::Subject;
use workbot_domain::time::Timestamp;
use workbot_shared::{TenantId, UserId};

const NOW: Timestamp = Timestamp(1_000_000_000);
const ORIGIN: &str = "https://smba.trafficmanager.net";
const TENANT: &str = "contoso";
const ADA: &str = "ada";

/// Fields of an activity that do not decide whose it is. The last ones form the act.
const FREE: [&str; 17] = [
    "/timestamp",
    "/localTimezone",
    "/locale",
    "/textFormat",
    "/attachments",
    "/channelData/team",
    "/channelData/settings",
    "/conversation/conversationType",
    "/conversation/isGroup",
    "/from/name",
    "/from/role",
    "/recipient/role",
    "/later",
    "/recipient/name",
    "/entities",
    "/text",
    "/value",
];

/// The number of fields in [`FREE`] that do not change the act.
const IDLE: usize = 13;

/// Fields that decide whose activity it is and where the reply goes.
const DECIDING: [&str; 14] = [
    "/type",
    "/id",
    "/channelId",
    "/serviceUrl",
    "/from",
    "/from/id",
    "/from/aadObjectId",
    "/recipient",
    "/recipient/id",
    "/conversation",
    "/conversation/id",
    "/conversation/tenantId",
    "/channelData",
    "/channelData/tenant",
];

/// The second place that may name the tenant.
const TENANT_ID: &str = "/channelData/tenant/id";

fn sound() -> Value {
    json!({
        "type": "message", "id": "1", "channelId": "msteams", "serviceUrl": format!("{ORIGIN}/emea/"), "text": "status",
        "timestamp": "2026-11-26T12:47:19.195Z", "localTimezone": "Europe/Berlin", "locale": "en-US", "textFormat": "plain",
        "from": {"id": "29:1", "name": "Ada", "aadObjectId": ADA, "role": "user"},
        "recipient": {"id": "28:bot", "name": "Workbot", "role": "bot"},
        "conversation": {"id": "a:1", "conversationType": "personal", "isGroup": false, "tenantId": TENANT},
        "channelData": {"tenant": {"id": TENANT}, "team": {"id": "19:1"}, "settings": {}},
        "attachments": [], "entities": [], "value": null, "later": 1,
    })
}

/// The caller of a request with a valid token for this bot and this service.
fn caller() -> BotCaller {
    let claims = json!({
        "iss": "https://api.botframework.com", "aud": "bot", "nbf": 999_000, "exp": 1_003_600,
        "serviceurl": format!("{ORIGIN}/emea")
    });
    let claims: BotClaims = serde_json::from_value(claims).expect("claims");
    let key = serde_json::from_value(json!({"kty": "RSA", "endorsements": ["msteams"]})).expect("a key");
    claims.check(&key, "https://api.botframework.com", "bot", NOW).expect("a caller")
}

/// The turn of an activity. `None` if it is refused (4xx) or only acknowledged.
fn admitted(activity: &Value) -> Option<Turn> {
    let (tenant, origin) = (TenantId::parse(TENANT).expect("a tenant"), ORIGIN.to_owned());
    let admission = AdmissionRules { tenants: from_ref(&tenant), service_origins: from_ref(&origin) };
    let activity = Activity::parse(activity.to_string().as_bytes()).ok()?;
    caller().admit(activity, admission).ok()?
}

/// An activity with another value in one field: one byte selects the field, then comes the value.
pub fn activity_field(data: &[u8]) {
    let Some((which, odd)) = data.split_first() else { return };
    let Ok(odd) = serde_json::from_slice::<Value>(odd) else { return };
    let usual = admitted(&sound()).expect("a sound activity is admitted");
    let whose = |turn: &Turn| {
        let at = &turn.conversation;
        let ids = [turn.activity.as_str(), &at.service_url, &at.id, &at.bot, &at.member].map(str::to_owned);
        (turn.subject.clone(), ids)
    };
    let changed = |path: &str| {
        let mut activity = sound();
        set(&mut activity, path, odd.clone());
        admitted(&activity)
    };

    let at = usize::from(*which) % FREE.len();
    let turn = changed(FREE[at]).unwrap_or_else(|| panic!("{} refuses: {odd}", FREE[at]));
    assert_eq!(whose(&turn), whose(&usual), "{}: {odd}", FREE[at]);
    assert!(at >= IDLE || turn.act == usual.act, "{}: {odd}", FREE[at]);
    assert!(!matches!(turn.act, TurnEvent::Installed | TurnEvent::Uninstalled));

    let path = DECIDING[usize::from(*which) % DECIDING.len()];
    for path in [path, TENANT_ID] {
        let Some(turn) = changed(path) else { continue };
        assert_eq!(turn.act, usual.act, "{path}: {odd}");
        // Another person may be the sender, but a sender is always a text.
        if let ("/from/aadObjectId", Value::String(text)) = (path, &odd) {
            assert_eq!(turn.subject.user.as_str(), text.to_ascii_lowercase());
            continue;
        }
        assert_eq!(turn.subject, usual.subject, "{path}: {odd}");
        let is_same = |text: &str| {
            sound().pointer(path).and_then(Value::as_str).is_some_and(|usual| folded(text) == folded(usual))
        };
        match &odd {
            Value::String(text)
                if matches!(path, "/id" | "/from/id" | "/recipient/id" | "/conversation/id") =>
            {
                assert!(!text.is_empty(), "{path} is empty");
            }
            Value::String(text) => assert!(is_same(text), "{path}: {odd}"),
            Value::Object(_) => {}
            Value::Null => {
                assert!(path.contains("enant") || path == "/channelData", "{path} may not be absent")
            }
            _ => panic!("{path} is taken: {odd}"),
        }
    }
}

/// Texts in the form in which they are compared: an address without its trailing slash.
fn folded(text: &str) -> String {
    text.trim_end_matches('/').to_ascii_lowercase()
}

fn set(activity: &mut Value, path: &str, value: Value) {
    let (parent, name) = path.rsplit_once('/').expect("a path");
    activity.pointer_mut(parent).expect("a parent")[name] = value;
}

/// Any body: a byte order mark changes nothing, and valid JSON is read as such.
pub fn json_body(data: &[u8]) {
    let read = json::value(data).ok();
    let marked = json::value(&[&b"\xEF\xBB\xBF"[..], data].concat()).ok();
    assert!(data.starts_with(b"\xEF\xBB\xBF") || read == marked);
    if let Ok(usual) = serde_json::from_slice::<Value>(data) {
        assert_eq!(read.as_ref(), Some(&usual));
    }
    let Some(read) = read else { return };
    let text = json::text_of(&read);
    assert!(!json::is_absent(&read) || text.is_none_or(|text| text.trim().is_empty()));
    if let Some(object) = json::object_of(&read) {
        let again = json::object_of(&json!(Value::Object(object.clone()).to_string())).expect("an object");
        assert!(again.keys().eq(object.keys()));
    }
    let _ = json::seconds_of(&read);
}

/// A roster entry with another value in one field: one byte selects the field, then comes the value. It makes
/// nobody a member.
pub fn roster_entry(data: &[u8]) {
    let Some((which, odd)) = data.split_first() else { return };
    let Ok(odd) = serde_json::from_slice::<Value>(odd) else { return };
    let fields =
        ["tenantId", "aadObjectId", "objectId", "userPrincipalName", "userRole", "name", "email", "later"];
    let name = fields[usize::from(*which) % fields.len()];
    let mut entry = json!({
        "id": "29:1", "name": "Ada", "email": "ada@contoso.com", "userPrincipalName": "ada@contoso.com", "tenantId": TENANT,
        "aadObjectId": ADA, "objectId": ADA, "userRole": "user"
    });
    entry[name] = odd.clone();
    let subject = Subject {
        tenant: TenantId::parse(TENANT).expect("a tenant"),
        user: UserId::parse(ADA).expect("a person"),
    };
    let found = RosterLookup::read(200, entry.to_string().as_bytes(), &subject);
    let is =
        |wanted: &[&str]| odd.as_str().is_some_and(|text| wanted.contains(&text.to_lowercase().as_str()));
    let is_absent = odd.is_null() || odd == json!({}) || odd == json!("");
    let may_be_member = match name {
        "tenantId" => is(&[TENANT]),
        "aadObjectId" | "objectId" => is(&[ADA]) || is_absent,
        "userPrincipalName" => odd.is_string() || is_absent,
        "userRole" => is(&["user", "owner"]) || is_absent,
        _ => true,
    };
    let is_member = found == RosterLookup::Found(Membership::Member);
    assert!(may_be_member || !is_member, "{name}: {odd}");
    assert!(is_member || !matches!(name, "name" | "email" | "later"), "{name}: {odd}");
    let listed = json!([odd, entry]).to_string();
    assert_eq!(RosterLookup::read(200, listed.as_bytes(), &subject), RosterLookup::Unreadable);
}

/// A key set with any value beside a valid key, which is found anyway.
pub fn jwks(data: &[u8]) {
    let Ok(odd) = serde_json::from_slice::<Value>(data) else { return };
    let good = json!({"kty": "RSA", "kid": "good", "n": "the good one", "e": "AQAB"});
    let set = json!({"keys": [odd, good, odd], "later": odd});
    let keys: Jwks = json::read(set.to_string().as_bytes()).expect("a key set");
    let mut issuer = CachedIssuer::default();
    issuer.store(KeySet { issuer: "issuer".into(), keys, fetched_at: NOW });
    let KeyStep::Use { keys, .. } = issuer.step("good", NOW, NOW) else { panic!("the key is not found") };
    assert!(keys.iter().any(|key| key.n == "the good one"));
}
