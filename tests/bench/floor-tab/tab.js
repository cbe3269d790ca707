// The least that a tab does for its list: TeamsJS, a token, one request, and a list without a style; then its dates.
import { app, authentication } from "@microsoft/teams-js";

await app.initialize([new URL(document.referrer).origin]);
const token = await authentication.getAuthToken();
const response = await fetch("/api/connections?session=true", { headers: { Authorization: `Bearer ${token}` } });
const { connections } = await response.json();
const rows = connections.map(({ app, app_name, account, status, last_used_at }) => {
  const row = document.createElement("li");
  row.dataset.app = app;
  row.textContent = [app_name, account, status].filter(Boolean).join(" · ");
  if (last_used_at) row.append(Object.assign(document.createElement("time"), { dateTime: last_used_at }));
  return row;
});
document.querySelector("#app").replaceChildren(...rows);
app.notifySuccess();
requestAnimationFrame(() => setTimeout(() => {
  for (const time of document.querySelectorAll("time")) time.textContent = new Date(time.dateTime).toLocaleString();
}));
