//! Sealed tickets and states.

use workbot_domain::login::{LoginState, Ticket};
use workbot_domain::owner::{Owner, Subject};
use workbot_domain::seal::{MasterKeys, Purpose};
use workbot_domain::time::Timestamp;
use workbot_shared::{AppId, TenantId, UserId};

/// Bytes that this key did not seal, completely and for this purpose, do not open. They are tried as they
/// are, and combined with a real ticket.
pub fn sealed_bytes(data: &[u8]) {
    let keys = MasterKeys::parse("new:Hx4dHBsaGRgXFhUUExIREA8ODQwLCgkIBwYFBAMCAQA").expect("a key");
    let text = String::from_utf8_lossy(data);
    assert!(keys.open_text::<Ticket>(Purpose::Ticket, &text).is_err());
    assert!(keys.open_text::<LoginState>(Purpose::AppState, &text).is_err());

    let user = UserId::parse("ada").expect("an id");
    let subject = Subject { tenant: TenantId::parse("contoso").expect("an id"), user: user.clone() };
    let ticket = Ticket {
        subject,
        owner: Owner::User(user),
        app: AppId::parse("salesforce").expect("an id"),
        id: "t1".into(),
        expires_at: Timestamp(1),
    };
    let real = keys.seal_text(Purpose::Ticket, &ticket, [7; 12]);
    assert_eq!(keys.open_text(Purpose::Ticket, &real), Ok(ticket));
    assert!(keys.open_text::<Ticket>(Purpose::SigninState, &real).is_err());
    let changed: String = real
        .bytes()
        .enumerate()
        .map(|(at, byte)| {
            let digit = char::from(byte).to_digit(16).expect("hex")
                ^ u32::from(data.get(at).copied().unwrap_or(0) & 15);
            char::from_digit(digit, 16).expect("hex")
        })
        .collect();
    if changed != real {
        assert!(keys.open_text::<Ticket>(Purpose::Ticket, &changed).is_err(), "a changed ticket opened");
    }
}
