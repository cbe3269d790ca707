//! `/api/admin/recipes`, `/api/admin/apps`, `/api/admin/language-model`, `/api/admin/keys` and
//! `/api/admin/audit`: recipe settings, frozen apps, the language model, master keys and the audit.

use futures_util::{StreamExt, stream};
use std::rc::Rc;
use workbot_domain::audit::Admin;
use workbot_domain::catalog::App;
use workbot_domain::present::audit_csv;
use workbot_domain::present::text;
use workbot_domain::run::{OverrideError, RecipeOverrides};
use workbot_shared::{
    AppId, AppRow, AppUse, Apps, ErrorCode, LanguageModel, LanguageModelUse, MasterKeysInUse, OldMasterKey,
    RecipeId, RecipeSettingsChange, Recipes, TenantId,
};

use super::paging::{LARGEST_PAGE, page};
use super::request::{Header, Request};
use super::request_context::RequestContext;
use super::response::{RequestError, Response};
use super::session::admin;
use workbot_vault::installed_catalog::{catalog, catalog_in};
use workbot_vault::ports::ObjectError;
use workbot_vault::workspace;

/// 503: the workspace did not respond.
pub fn unavailable(problem: ObjectError) -> RequestError {
    RequestError::of(ErrorCode::TemporarilyUnavailable).with_cause(problem)
}

/// An app of the catalog.
///
/// # Errors
/// 404 for any other app.
pub fn known(context: &RequestContext, app: &str) -> Result<AppId, RequestError> {
    let unknown = || RequestError::with_message(ErrorCode::NotFound, context.words().no_such_app());
    AppId::parse(app).ok().filter(|app| catalog().apps.contains_key(app)).ok_or_else(unknown)
}

/// `GET /api/admin/recipes`: all recipes with their settings.
pub async fn recipes(context: &RequestContext, request: &Request) -> Result<Response, RequestError> {
    let person = admin(context, request).await?;
    let set = workspace::all_recipe_settings(&context.isolate, &person.subject.tenant)
        .await
        .map_err(unavailable)?;
    let nothing = RecipeOverrides::default();
    let catalog = catalog_in(context.language);
    let row = |(id, recipe)| {
        set.get(id).unwrap_or(&nothing).row(context.words(), id, recipe, catalog, &context.config.missing)
    };
    let recipes = catalog.recipes.iter().map(row).collect();
    Response::json(&Recipes { recipes, next_cursor: None })
}

/// `PUT /api/admin/recipes/{recipe}/settings`: a partial update, effective from the next command. Returns the
/// recipe's row.
pub async fn change_settings(
    context: &RequestContext,
    request: &Request,
    recipe: &str,
) -> Result<Response, RequestError> {
    let person = admin(context, request).await?;
    let unknown = || RequestError::with_message(ErrorCode::NotFound, context.words().no_such_recipe());
    let id = RecipeId::parse(recipe).map_err(|_| unknown())?;
    let recipe = catalog_in(context.language).recipes.get(&id).ok_or_else(unknown)?;
    let Some(change) = request.json::<RecipeSettingsChange>().await? else {
        return Err(RequestError::of(ErrorCode::BadRequest));
    };
    let detail = text::settings_changed(&change, catalog());
    let entry = Admin::of(&person).changed_settings(&id, detail, context.isolate.now());
    let noted = (context.isolate.fresh_id(), entry);
    let tenant = &person.subject.tenant;
    match workspace::change_recipe_settings(&context.isolate, tenant, id.clone(), change, noted).await {
        Ok(Ok(set)) => {
            Response::json(&set.row(context.words(), &id, recipe, catalog(), &context.config.missing))
        }
        Ok(Err(OverrideError::NoLogins(app))) => {
            let why = context.words().no_logins(catalog().app_name(&app));
            Err(RequestError::with_message(ErrorCode::Unsupported, why))
        }
        Ok(Err(OverrideError::NotUsed(app))) => {
            let why = context.words().not_used(&recipe.name, catalog().app_name(&app));
            Err(RequestError::with_message(ErrorCode::BadRequest, why))
        }
        Err(problem) => Err(unavailable(problem)),
    }
}

/// `GET /api/admin/keys`: the active master key, and the retired ones that are still in use.
pub async fn keys(context: &RequestContext, request: &Request) -> Result<Response, RequestError> {
    let person = admin(context, request).await?;
    let keys = &context.config.master_keys;
    let old = workspace::old_keys(&context.isolate, &person.subject.tenant, keys.active())
        .await
        .map_err(unavailable)?;
    let known = keys.kids();
    let in_use = old.into_iter().map(|key| OldMasterKey {
        configured: known.contains(&key.kid.as_str()),
        connections: u64::try_from(key.connections).unwrap_or(0),
        revocations: u64::try_from(key.revocations).unwrap_or(0),
        kid: key.kid,
    });
    let retired_in_use = in_use.collect();
    Response::json(&MasterKeysInUse { active: keys.active().to_owned(), retired_in_use })
}

/// `GET /api/admin/apps`: the apps that are set up and that recipes use, and whether each is frozen.
pub async fn apps(context: &RequestContext, request: &Request) -> Result<Response, RequestError> {
    let caller = admin(context, request).await?;
    let frozen = workspace::frozen(&context.isolate, &caller.subject.tenant).await.map_err(unavailable)?;
    let is_set_up = |id: &AppId| context.config.apps.contains_key(id);
    let used = |id: &AppId| frozen.contains(id) || (is_set_up(id) && !catalog().recipes_with(id).is_empty());
    let row = |(id, app): (&AppId, &App)| AppRow {
        app: id.clone(),
        app_name: app.name.clone(),
        frozen: frozen.contains(id),
    };
    let apps = catalog().apps.iter().filter(|(id, _)| used(id)).map(row).collect();
    Response::json(&Apps { apps })
}

/// `PUT /api/admin/apps/{app}`: freezes or unfreezes an app in the tenant, by one consistent write.
pub async fn freeze(
    context: &RequestContext,
    request: &Request,
    app: &str,
) -> Result<Response, RequestError> {
    let caller = admin(context, request).await?;
    let app = known(context, app)?;
    let Some(AppUse { frozen }) = request.json::<AppUse>().await? else {
        return Err(RequestError::of(ErrorCode::BadRequest));
    };
    let entry = Admin::of(&caller).froze(&app, frozen, context.isolate.now());
    let noted = (context.isolate.fresh_id(), entry);
    let tenant = &caller.subject.tenant;
    workspace::freeze(&context.isolate, tenant, app, frozen, noted).await.map_err(unavailable)?;
    Response::json(&AppUse { frozen })
}

fn language_model_host(context: &RequestContext) -> Option<String> {
    context.config.language_model.as_ref().map(workbot_domain::config::LanguageModel::host)
}

/// `GET /api/admin/language-model`: the host that gets sentences, and whether it is switched on.
pub async fn language_model(context: &RequestContext, request: &Request) -> Result<Response, RequestError> {
    let caller = admin(context, request).await?;
    let tenant = &caller.subject.tenant;
    let allowed = workspace::allowed_language_model(&context.isolate, tenant).await.map_err(unavailable)?;
    let host = language_model_host(context);
    Response::json(&LanguageModel { enabled: host.is_some() && allowed == host, host })
}

/// `PUT /api/admin/language-model`: switches the language model on or off in the tenant.
pub async fn use_language_model(
    context: &RequestContext,
    request: &Request,
) -> Result<Response, RequestError> {
    let caller = admin(context, request).await?;
    let Some(LanguageModelUse { enabled }) = request.json::<LanguageModelUse>().await? else {
        return Err(RequestError::of(ErrorCode::BadRequest));
    };
    let host = language_model_host(context);
    if enabled && host.is_none() {
        let message = context.words().no_language_model();
        return Err(RequestError::with_message(ErrorCode::Misconfigured, message));
    }
    let now = context.isolate.now();
    let entry = Admin::of(&caller).used_language_model(enabled, host.clone().unwrap_or_default(), now);
    let noted = (context.isolate.fresh_id(), entry);
    let tenant = &caller.subject.tenant;
    let allowed = host.clone().filter(|_| enabled);
    workspace::allow_language_model(&context.isolate, tenant, allowed, noted).await.map_err(unavailable)?;
    Response::json(&LanguageModel { enabled, host })
}

/// `GET /api/admin/audit?cursor=&limit=`: a page of the audit, or all of it as CSV with `?format=csv` or
/// `Accept: text/csv`.
pub async fn audit(context: &RequestContext, request: &Request) -> Result<Response, RequestError> {
    let person = admin(context, request).await?;
    let accepts = request.header(Header::Accept).is_some_and(|types| types.contains("text/csv"));
    match request.parameter("format").as_deref() {
        Some("csv") => return Ok(table(context, person.subject.tenant)),
        None if accepts => return Ok(table(context, person.subject.tenant)),
        None | Some("json") => {}
        Some(_) => return Err(RequestError::of(ErrorCode::BadRequest)),
    }
    let (before, limit) = page(request)?;
    let audit = workspace::audit(&context.isolate, &person.subject.tenant, before, limit)
        .await
        .map_err(unavailable)?;
    Response::json(&audit)
}

/// The whole audit as CSV, newest first, read page by page while it is sent. If a page cannot be read, the
/// response is aborted, so that no client takes a part for the whole.
fn table(context: &RequestContext, tenant: TenantId) -> Response {
    let isolate = Rc::clone(&context.isolate);
    let heading = stream::iter([Ok(audit_csv::audit_heading())]);
    let rows = stream::try_unfold(Some(None), move |page: Option<Option<i64>>| {
        let (isolate, tenant) = (Rc::clone(&isolate), tenant.clone());
        async move {
            let Some(before) = page else { return Ok(None) };
            let audit = workspace::audit(&isolate, &tenant, before, LARGEST_PAGE).await?;
            let next = audit.next_cursor.and_then(|cursor| cursor.parse().ok()).map(Some);
            let text: String = audit.entries.iter().map(audit_csv::audit_record).collect();
            Ok::<_, ObjectError>(Some((text, next)))
        }
    });
    Response::streamed(heading.chain(rows))
        .with("content-type", audit_csv::MEDIA_TYPE)
        .with("content-disposition", "attachment; filename=\"workbot-audit.csv\"")
}
