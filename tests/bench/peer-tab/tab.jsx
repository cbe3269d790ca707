// The tab for comparison: the same list from the same API, built as Microsoft's templates do.
import { Badge, Body1, Button, Caption1, FluentProvider, Spinner, Subtitle1, Title2, makeStyles, teamsDarkTheme, teamsHighContrastTheme, teamsLightTheme, tokens } from "@fluentui/react-components";
import { app, authentication } from "@microsoft/teams-js";
import { useEffect, useState } from "react";
import { createRoot } from "react-dom/client";

const themes = { default: teamsLightTheme, dark: teamsDarkTheme, contrast: teamsHighContrastTheme };
const statuses = { connected: "Connected", needs_login: "Login needed", disconnected: "Disconnected", not_connected: "Not connected" };

const useStyles = makeStyles({
  page: { padding: tokens.spacingHorizontalXXL, maxWidth: "960px" },
  list: { listStyleType: "none", padding: 0 },
  item: { display: "flex", alignItems: "center", columnGap: tokens.spacingHorizontalM, paddingBlock: tokens.spacingVerticalM, borderBottom: `1px solid ${tokens.colorNeutralStroke2}` },
  who: { display: "flex", flexDirection: "column", flexGrow: 1 },
});

/** Today with its time, yesterday, or the day. */
function recent(time) {
  const at = new Date(time);
  const ago = Math.round((new Date().setHours(0, 0, 0, 0) - new Date(at).setHours(0, 0, 0, 0)) / 86_400_000);
  if (ago > 1) return at.toLocaleDateString(undefined, { dateStyle: "medium" });
  const day = new Intl.RelativeTimeFormat(undefined, { numeric: "auto" }).format(-ago, "day");
  const name = day.charAt(0).toLocaleUpperCase() + day.slice(1);
  return ago ? name : `${name}, ${at.toLocaleTimeString(undefined, { timeStyle: "short" })}`;
}

const commands = (number) => `${number} ${number === 1 ? "command" : "commands"}`;

function Row({ row }) {
  const styles = useStyles();
  return (
    <li className={styles.item} data-app={row.app}>
      <div className={styles.who}>
        <Subtitle1>{row.app_name}</Subtitle1>
        <Body1>{row.status === "not_connected" ? commands(row.used_by.length) : row.account}</Body1>
        {row.last_used_at && <Caption1>Last used: <time dateTime={row.last_used_at}>{recent(row.last_used_at)}</time></Caption1>}
      </div>
      <Badge appearance="tint" color={row.status === "connected" ? "success" : "informative"}>{statuses[row.status]}</Badge>
      {row.status === "connected"
        ? <><Button>Switch account</Button><Button appearance="subtle">Disconnect</Button><Button appearance="subtle">Delete</Button></>
        : <Button appearance="primary">Connect</Button>}
    </li>
  );
}

function Tab() {
  const styles = useStyles();
  const [theme, setTheme] = useState("default");
  const [rows, setRows] = useState();
  useEffect(() => {
    (async () => {
      await app.initialize([new URL(document.referrer).origin]);
      app.registerOnThemeChangeHandler(setTheme);
      setTheme((await app.getContext()).app.theme);
      const token = await authentication.getAuthToken();
      const answer = await fetch("/api/connections", { headers: { Authorization: `Bearer ${token}` } });
      setRows((await answer.json()).connections);
      app.notifySuccess();
    })();
  }, []);
  return (
    <FluentProvider theme={themes[theme] ?? teamsLightTheme}>
      <div className={styles.page}>
        <Title2 as="h1">Connections</Title2>
        {rows ? <ul className={styles.list}>{rows.map((row) => <Row key={row.app} row={row} />)}</ul> : <Spinner label="Loading" />}
      </div>
    </FluentProvider>
  );
}

createRoot(document.getElementById("app")).render(<Tab />);
