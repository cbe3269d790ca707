//! Only commands whose apps are set up are offered.

use crate::directed_world::Directed;

#[test]
fn a_command_whose_app_is_not_set_up_is_offered_nowhere_and_says_so_when_given() {
    let world = Directed::new();
    let ada = world.person(1);
    assert!(world.hears(&ada, "What I can do").contains("Freshdesk"));
    world.says(&ada, "creat ticket");
    assert!(world.hears(&ada, "Did you mean").contains("create ticket"));

    world.deployment.deploy(Some(("APP_FRESHDESK_SITE_URL", String::new())));
    let helps = world.heard(&ada, "What I can do").len();
    world.says(&ada, "help");
    world.until("the help", || world.heard(&ada, "What I can do").len() > helps);
    assert!(!world.heard(&ada, "What I can do").pop().unwrap().contains("Freshdesk"));
    world.says(&ada, "help freshdesk");
    world.hears(&ada, "Freshdesk is not set up here");
    let replies = world.heard(&ada, "").len();
    world.says(&ada, "creat ticket");
    world.until("a reply", || world.heard(&ada, "").len() > replies);
    let reply = world.heard(&ada, "").pop().unwrap();
    assert!(!reply.contains("create ticket"), "{reply}");
    world.says(&ada, "create ticket subject: x description: y email: ada@contoso.com");
    world.until("the second reply", || world.heard(&ada, "Freshdesk is not set up here").len() == 2);
}
