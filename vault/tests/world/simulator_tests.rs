//! Tests of the world itself: it commits, loses and delivers as the real platform does, and replays a seed
//! exactly.

use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;
use workbot_domain::correlation_id::CorrelationId;
use workbot_vault::ports::{Clock, Database, Kv, Object as _, ObjectClass, SqlValue};

use crate::fault_rates::Weather;
use crate::ports::{Own, Platform};
use crate::seeded_random::Dice;
use crate::world::{Object, Program, World};

/// Counts its requests, writes the count to KV, and counts again a second later.
struct Counter {
    platform: Platform,
    own: Own,
}

impl Program for Counter {
    fn fetch(&self, body: Vec<u8>, _: CorrelationId) -> LocalBoxFuture<'static, Option<Vec<u8>>> {
        let (platform, own) = (self.platform.clone(), self.own.clone());
        async move {
            own.execute("CREATE TABLE IF NOT EXISTS counted (what TEXT)", Vec::new()).unwrap();
            let what = SqlValue::Text(String::from_utf8(body).unwrap());
            let count = || own.execute("INSERT INTO counted VALUES (?)", vec![what.clone()]).unwrap();
            count();
            let _ = platform.put("first".to_owned(), b"put".to_vec()).await;
            own.set_alarm(Duration::from_secs(5)).await;
            count();
            platform.sleep(Duration::from_secs(1)).await;
            count();
            Some(b"counted".to_vec())
        }
        .boxed_local()
    }

    fn alarm(&self) -> LocalBoxFuture<'static, ()> {
        let own = self.own.clone();
        async move {
            own.execute("INSERT INTO counted VALUES ('alarm')", Vec::new()).unwrap();
        }
        .boxed_local()
    }
}

fn counter(world: &Rc<World>, object: &Rc<Object>) -> Box<dyn Program> {
    let platform = Platform(Rc::clone(world));
    Box::new(Counter { platform, own: Own { world: Rc::clone(world), object: Rc::clone(object) } })
}

fn world(seed: u64, weather: Weather) -> Rc<World> {
    let world = World::of(seed, Rc::new(counter), false);
    world.weather.set(weather);
    world
}

/// The stored counts, the response, whether KV has a value, and the fingerprint.
fn counted(seed: u64, weather: Weather) -> (Vec<String>, Option<Vec<u8>>, bool, u64) {
    let world = world(seed, weather);
    let object = world.object(ObjectClass::Vault, "one");
    let (response, asking) = (Rc::new(Cell::new(None)), Rc::clone(&world));
    let (told, asked) = (Rc::clone(&response), Rc::clone(&object));
    world.spawn(async move {
        told.set(Some(asking.ask(&asked, b"a".to_vec(), CorrelationId::default()).await));
    });
    world.run(Duration::from_secs(20), || false);
    let there = object.database.look("SELECT 1 FROM sqlite_master WHERE name = 'counted'");
    let rows = if there.is_empty() { Vec::new() } else { object.database.look("SELECT what FROM counted") };
    let text = |row: &Vec<SqlValue>| {
        if let [SqlValue::Text(text)] = row.as_slice() { text.clone() } else { panic!() }
    };
    let rows = rows.iter().map(text).collect();
    let kept = !world.kv.everything().is_empty();
    let result = (rows, response.take().flatten(), kept, world.fingerprint.get());
    world.end();
    result
}

#[test]
fn what_is_not_committed_is_gone_after_a_crash_and_what_left_may_be_out() {
    let deadly = Weather { crash: 300, crashes: 1, ..Weather::CALM };
    let mut seen = std::collections::BTreeSet::new();
    for seed in 0..300 {
        let (rows, response, kept, _) = counted(seed, deadly);
        let asked = rows.iter().filter(|row| *row == "a").count();
        // A request that was sent has its earlier writes committed.
        assert!(!kept || asked >= 1, "seed {seed}: {rows:?}");
        assert!(response.is_none() || asked == 3, "seed {seed}: {rows:?}");
        // The alarm is part of the commit in which it was set.
        assert_eq!(rows.contains(&"alarm".to_owned()), asked >= 2, "seed {seed}: {rows:?}");
        seen.insert((asked, kept, response.is_some()));
    }
    let all = [
        (0, false, false),
        (1, false, false),
        (1, true, false),
        (2, true, false),
        (3, true, false),
        (3, true, true),
    ];
    assert!(all.iter().all(|case| seen.contains(case)), "{seen:?}");
}

#[test]
fn a_seed_plays_the_same_again_and_another_does_not() {
    let weather = Weather::of(&mut Dice::of(3));
    assert_eq!(counted(7, weather), counted(7, weather));
    assert_ne!(counted(7, weather).3, counted(8, weather).3);
}

#[test]
fn kv_answers_with_old_misses_and_old_values_for_a_while() {
    let world = world(1, Weather { stale: 1000, ..Weather::CALM });
    let platform = Platform(Rc::clone(&world));
    let read = Rc::new(Cell::new(Vec::new()));
    let (told, asking) = (Rc::clone(&read), platform.clone());
    world.spawn(async move {
        let mut all = Vec::new();
        all.push(asking.get("key".to_owned()).await.unwrap());
        asking.put("key".to_owned(), b"value".to_vec()).await.unwrap();
        all.push(asking.get("key".to_owned()).await.unwrap());
        asking.sleep(Duration::from_secs(80)).await;
        all.push(asking.get("key".to_owned()).await.unwrap());
        asking.delete("key".to_owned()).await.unwrap();
        all.push(asking.get("key".to_owned()).await.unwrap());
        asking.sleep(Duration::from_secs(80)).await;
        all.push(asking.get("key".to_owned()).await.unwrap());
        told.set(all);
    });
    world.run(Duration::from_secs(300), || false);
    let value = || Some(b"value".to_vec());
    assert_eq!(read.take(), [None, None, value(), value(), None]);
    world.end();
}
