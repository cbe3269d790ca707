//! The simulated world's implementation of the ports.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures_util::FutureExt;
use futures_util::future::{LocalBoxFuture, ready};
use rsa::pkcs1v15::{Signature, VerifyingKey};
use rsa::signature::Verifier;
use rsa::{BigUint, RsaPublicKey};
use serde_json::{Value, json};
use sha2::Sha256;
use std::rc::Rc;
use std::time::Duration;
use workbot_domain::catalog::Method;
use workbot_domain::correlation_id::CorrelationId;
use workbot_domain::jwks::Jwk;
use workbot_domain::log_event::Report;
use workbot_domain::time::Timestamp;
use workbot_vault::ports::{
    Clock, Database, DatabaseError, Http, HttpError, HttpRequest, HttpResponse, Kv, KvError, Log, Object,
    ObjectClass, ObjectError, Objects, Randomness, Signal, Signals, Signatures, SqlValue, WorkersAi,
};

use crate::database::Cost;
use crate::sandbox_settings::SANDBOX;
use crate::world::{self, World};

/// The ports that all objects and outside callers share.
#[derive(Clone)]
pub struct Platform(pub Rc<World>);

impl Clock for Platform {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.now())
    }

    fn sleep(&self, duration: Duration) -> LocalBoxFuture<'static, ()> {
        self.0.executor.sleep(duration).boxed_local()
    }
}

impl Randomness for Platform {
    fn fill(&self, bytes: &mut [u8]) {
        self.0.dice.borrow_mut().fill(bytes);
    }
}

impl Http for Platform {
    fn send(&self, request: HttpRequest) -> LocalBoxFuture<'static, Result<HttpResponse, HttpError>> {
        Rc::clone(&self.0).send(request).boxed_local()
    }
}

impl WorkersAi for Platform {
    /// The sandbox's model, with output in the form of Workers AI.
    fn run_model(&self, model: String, input: String) -> LocalBoxFuture<'static, Option<String>> {
        let mut body: Value = serde_json::from_str(&input).unwrap();
        assert!(body.get("model").is_none(), "the model is a parameter of its own");
        body["model"] = model.into();
        let request = HttpRequest::new(Method::Post, format!("{SANDBOX}/language-model/v1/chat/completions"));
        let key = workbot_sandbox::language_model::KEY.to_owned();
        let sent = Rc::clone(&self.0).send(request.bearer(&key.into()).json(body.to_string()));
        async move {
            let response = sent.await.ok().filter(|response| response.status == 200)?;
            let completion: Value = serde_json::from_slice(&response.body).ok()?;
            let text = completion.pointer("/choices/0/message/content")?.as_str()?;
            // Models in JSON mode respond with an object, others with text.
            let response: Value = serde_json::from_str(text).unwrap_or_else(|_| text.into());
            Some(json!({"response": response, "usage": {"total_tokens": 7}}).to_string())
        }
        .boxed_local()
    }
}

impl Platform {
    fn kv<T: 'static>(
        &self,
        act: impl FnOnce(&World) -> T + 'static,
    ) -> LocalBoxFuture<'static, Result<T, KvError>> {
        let world = Rc::clone(&self.0);
        async move {
            let acting = Rc::clone(&world);
            let done = world.outside(async move {
                let fails = acting.happens(|weather| weather.kv);
                // A request may fail before or after it takes effect.
                let is_carried_out = !fails || acting.dice.borrow_mut().happens(500);
                acting.takes(2, 60).await;
                let done = is_carried_out.then(|| act(&acting));
                acting.takes(1, 60).await;
                done.filter(|_| !fails)
            });
            done.await.flatten().ok_or_else(|| KvError("503 Service Unavailable".to_owned()))
        }
        .boxed_local()
    }
}

impl Kv for Platform {
    fn get(&self, key: String) -> LocalBoxFuture<'static, Result<Option<Vec<u8>>, KvError>> {
        self.kv(move |world| {
            let (now, stale) = (world.now(), world.weather.get().stale);
            world.kv.get(&key, now, &mut world.dice.borrow_mut(), stale)
        })
    }

    fn put(&self, key: String, value: Vec<u8>) -> LocalBoxFuture<'static, Result<(), KvError>> {
        self.kv(move |world| {
            let (now, stale) = (world.now(), world.weather.get().stale);
            world.kv.put(&key, Some(value), now, &mut world.dice.borrow_mut(), stale);
        })
    }

    fn delete(&self, key: String) -> LocalBoxFuture<'static, Result<(), KvError>> {
        self.kv(move |world| {
            let (now, stale) = (world.now(), world.weather.get().stale);
            world.kv.put(&key, None, now, &mut world.dice.borrow_mut(), stale);
        })
    }
}

impl Objects for Platform {
    fn send_to_object(
        &self,
        class: ObjectClass,
        name: String,
        body: Vec<u8>,
        id: CorrelationId,
    ) -> LocalBoxFuture<'static, Result<Vec<u8>, ObjectError>> {
        let world = Rc::clone(&self.0);
        async move {
            let asking = Rc::clone(&world);
            let asked = world.outside(async move {
                let fails = asking.happens(|weather| weather.objects);
                let arrives = !fails || asking.dice.borrow_mut().happens(500);
                asking.takes(1, 15).await;
                if fails {
                    asking.tell(|| format!("a request to {name} fails; it arrives: {arrives}"));
                }
                if !arrives {
                    return None;
                }
                let response = asking.ask(&asking.object(class, &name), body, id).await;
                asking.takes(1, 15).await;
                response.filter(|_| !fails)
            });
            asked.await.flatten().ok_or(ObjectError::Failed)
        }
        .boxed_local()
    }
}

impl Signatures for Platform {
    fn rs256_holds(&self, key: Jwk, input: Vec<u8>, signature: Vec<u8>) -> LocalBoxFuture<'static, bool> {
        let number =
            |text: &str| URL_SAFE_NO_PAD.decode(text).ok().map(|bytes| BigUint::from_bytes_be(&bytes));
        let key = number(&key.n).zip(number(&key.e)).and_then(|(n, e)| RsaPublicKey::new(n, e).ok());
        let signature = Signature::try_from(signature.as_slice());
        let holds = match (key, signature) {
            (Some(key), Ok(signature)) => VerifyingKey::<Sha256>::new(key).verify(&input, &signature).is_ok(),
            _ => false,
        };
        let holds = holds && !self.0.happens(|weather| weather.signatures);
        ready(holds).boxed_local()
    }
}

impl Signals for Platform {
    fn signal(&self) -> (Signal, LocalBoxFuture<'static, ()>) {
        let (sender, receiver) = futures_channel::oneshot::channel();
        (Box::new(move || _ = sender.send(())), async { _ = receiver.await }.boxed_local())
    }
}

impl Log for Platform {
    fn write(&self, report: &Report<'_>) {
        let line = report.line();
        self.0.tell(|| format!("{}: {line}", self.0.current()));
        self.0.log.borrow_mut().push(line);
    }
}

/// The ports of one object.
#[derive(Clone)]
pub struct Own {
    pub world: Rc<World>,
    pub object: Rc<world::Object>,
}

impl Database for Own {
    fn execute(&self, statement: &str, values: Vec<SqlValue>) -> Result<Vec<Vec<SqlValue>>, DatabaseError> {
        if self.world.happens(|weather| weather.database) {
            self.world.tell(|| format!("{}: the database fails: {statement}", self.object.name));
            self.object.forget();
            return Err(DatabaseError("disk I/O error".to_owned()));
        }
        self.object.database.execute_counted(statement, values)
    }

    fn transaction(&self, body: &mut dyn FnMut() -> bool) -> Result<(), DatabaseError> {
        self.object.database.transaction(body)
    }
}

impl Object for Own {
    fn set_alarm(&self, after: Duration) -> LocalBoxFuture<'static, bool> {
        let is_set = !self.world.happens(|weather| weather.alarm);
        if is_set {
            let cost = self.object.database.cost.get();
            self.object.database.cost.set(Cost { alarms: cost.alarms + 1, ..cost });
            let after = i64::try_from(after.as_millis()).unwrap_or(i64::MAX / 4);
            self.object.set_alarm(self.world.now() + after);
        }
        ready(is_set).boxed_local()
    }

    fn wait_until(&self, future: LocalBoxFuture<'static, ()>) {
        self.world.work_for(&self.object, future);
    }
}
