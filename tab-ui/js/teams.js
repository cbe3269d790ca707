// What the tab needs of TeamsJS.
export { app, authentication } from "@microsoft/teams-js";
