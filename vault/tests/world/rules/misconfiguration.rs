//! A deployment with mistakes in its variables.

use std::rc::Rc;
use workbot_domain::config::Problem;
use workbot_vault::Isolate;

use crate::directed_world::Directed;
use crate::ports::Platform;

#[test]
fn a_process_logs_the_mistakes_in_its_configuration_when_it_starts() {
    let directed = Directed::new();
    let world = &directed.deployment.world;
    let lines = || world.log.borrow().iter().filter(|line| line.contains("misconfigured")).count();
    assert_eq!(lines(), 0);
    let problem = Problem { name: "BOT_APP_ID".to_owned(), what: "is not set".to_owned() };
    let isolate = Isolate::new(Rc::new(Platform(Rc::clone(world))), Err(vec![problem]));
    assert_eq!(lines(), 1);
    assert!(world.log.borrow().iter().any(|line| line.contains("BOT_APP_ID is not set")));
    assert!(isolate.configuration().is_none() && isolate.checked_configuration().is_err());
}
