//! The stories.

use crate::person::App::{Box, Salesforce, ServiceNow};
use crate::scenario_player::Act::*;
use crate::scenario_player::{Script, Story};

const fn by(who: usize, acts: &'static [crate::scenario_player::Act]) -> Script {
    Script { who, acts }
}

/// All stories. A seed plays the one at the index `seed % STORIES.len()`.
pub const STORIES: &[Story] = &[
    Story {
        name: "a first command, its login and its reply",
        before: &[],
        scripts: &[by(1, &[Command(Salesforce), LogIn(Salesforce), Command(Salesforce)])],
    },
    Story {
        name: "a storm of commands while the token ends, where a reused refresh token kills",
        before: &[by(1, &[Rules(Salesforce, "reuse_kills", 7200), Connect(Salesforce)])],
        scripts: &[
            by(
                1,
                &[ExpireAccess(Salesforce), Storm(Salesforce, 4), Wait(1_000, 20_000), Storm(Salesforce, 2)],
            ),
            by(1, &[Wait(0, 4_000), ExpireAccess(Salesforce), Wait(0, 8_000), ExpireAccess(Salesforce)]),
            by(1, &[Wait(30_000, 60_000), LogIn(Salesforce)]),
        ],
    },
    Story {
        name: "the connection is left while it is being refreshed, and made again",
        before: &[by(1, &[Rules(Box, "single_use", 90), Connect(Box)])],
        scripts: &[
            by(1, &[Wait(80_000, 100_000), Command(Box), Command(Box), LogIn(Box)]),
            by(1, &[Wait(80_000, 104_000), Disconnect(Box), Wait(0, 30_000), Command(Box)]),
        ],
    },
    Story {
        name: "the connection is left at the moment at which its token ends",
        before: &[by(1, &[Rules(Box, "single_use", 7200), Connect(Box)])],
        scripts: &[
            by(1, &[ExpireAccess(Box), Command(Box), LogIn(Box)]),
            by(1, &[Wait(0, 3_000), Disconnect(Box), Command(Box)]),
        ],
    },
    Story {
        name: "a login is under way while the connection is left",
        before: &[by(1, &[Connect(Salesforce)])],
        scripts: &[
            by(1, &[Disconnect(Salesforce), Command(Salesforce), LogIn(Salesforce)]),
            by(1, &[Wait(2_000, 60_000), Delete(Salesforce), Wait(0, 5_000), PressDisconnect(Salesforce)]),
        ],
    },
    Story {
        name: "an admin freezes an app in the middle of everything",
        before: &[by(1, &[Connect(ServiceNow), Connect(Box)]), by(2, &[Connect(ServiceNow)])],
        scripts: &[
            by(1, &[Command(ServiceNow), ExpireAccess(ServiceNow), Command(ServiceNow), Command(Box)]),
            by(2, &[Command(ServiceNow), Wait(0, 30_000), Command(ServiceNow)]),
            by(
                1,
                &[Wait(95_000, 200_000), Command(ServiceNow), ExpireAccess(ServiceNow), Command(ServiceNow)],
            ),
            by(0, &[Freeze(ServiceNow, true), Wait(1_000, 300_000), Freeze(ServiceNow, false)]),
        ],
    },
    Story {
        name: "the master key is rotated while tokens are",
        before: &[by(1, &[Connect(Salesforce), Connect(Box)]), by(2, &[Connect(Box)])],
        scripts: &[
            by(1, &[ExpireAccess(Salesforce), Command(Salesforce), Command(Box), Disconnect(Salesforce)]),
            by(2, &[ExpireAccess(Box), Command(Box), LogIn(Box)]),
            by(0, &[Wait(0, 5_000), RotateMasterKey, Wait(0, 60_000), RotateMasterKey]),
        ],
    },
    Story {
        name: "a later version is rolled back, and comes again",
        before: &[by(1, &[Connect(Salesforce)])],
        scripts: &[
            by(1, &[Command(Salesforce), Command(Box), Wait(0, 60_000), Command(Salesforce)]),
            by(0, &[Wait(0, 10_000), RollBack, Wait(10_000, 600_000), RollForward]),
            by(1, &[Wait(700_000, 800_000), Command(Salesforce), LogIn(Box)]),
        ],
    },
    Story {
        name: "the app ends the grant",
        before: &[by(1, &[Connect(Salesforce), Connect(ServiceNow)])],
        scripts: &[
            by(1, &[Command(Salesforce), RevokeAtApp(Salesforce), Command(Salesforce), LogIn(Salesforce)]),
            by(1, &[Wait(0, 30_000), RevokeAtApp(ServiceNow), Command(ServiceNow), LogIn(ServiceNow)]),
        ],
    },
    Story {
        name: "one command, two apps, and the person takes their time",
        before: &[],
        scripts: &[
            by(
                1,
                &[
                    Say("report problem problem: Thing 0 of person1 folder: yes"),
                    LogIn(Box),
                    Wait(0, 5_000_000),
                    LogIn(ServiceNow),
                ],
            ),
            by(
                1,
                &[
                    Wait(10_000, 60_000),
                    Ask("personal_connections", "Your connections"),
                    Ask("status", "Waiting or running"),
                    Ask("help", "What I can do"),
                ],
            ),
        ],
    },
    Story {
        name: "a new version is deployed over and over",
        before: &[by(1, &[Connect(Box)])],
        scripts: &[
            by(1, &[Command(Box), ExpireAccess(Box), Storm(Box, 2), Command(Salesforce), LogIn(Salesforce)]),
            by(0, &[Wait(0, 8_000), Deploy, Wait(0, 8_000), Deploy, Wait(0, 30_000), Deploy]),
        ],
    },
    Story {
        name: "a new version is deployed at the moment at which a token ends",
        before: &[by(1, &[Rules(Salesforce, "reuse_kills", 7200), Connect(Salesforce)])],
        scripts: &[
            // Nobody logs in: the reason is looked at.
            by(1, &[ExpireAccess(Salesforce), Command(Salesforce)]),
            by(0, &[Wait(0, 3_000), Deploy]),
        ],
    },
    Story {
        name: "somebody leaves the company",
        before: &[
            by(1, &[Connect(Salesforce), Connect(ServiceNow), Connect(Box)]),
            by(2, &[Connect(ServiceNow)]),
        ],
        scripts: &[
            by(1, &[Command(Salesforce), ExpireAccess(ServiceNow), Command(ServiceNow), Command(Box)]),
            by(0, &[Wait(0, 20_000), OffBoard]),
            by(2, &[Command(ServiceNow), Wait(0, 40_000), Command(ServiceNow)]),
        ],
    },
    Story {
        name: "the company's connections are used by many",
        before: &[by(0, &[Share(Salesforce), ShareKey])],
        scripts: &[
            by(
                1,
                &[
                    Say("find account name: Acme"),
                    ExpireAccess(Salesforce),
                    Say("find account name: Acme"),
                    Command(Salesforce),
                    LogIn(Salesforce),
                ],
            ),
            by(
                2,
                &[
                    Say("create ticket subject: Broken description: It is"),
                    ExpireAccess(Salesforce),
                    Say("find account name: Acme"),
                ],
            ),
            by(0, &[Wait(0, 60_000), Share(Salesforce)]),
        ],
    },
    Story {
        name: "a command in a group is answered in private, where Teams has forgotten the chat",
        before: &[],
        scripts: &[
            by(
                1,
                &[
                    InGroup(Salesforce),
                    LogIn(Salesforce),
                    ForgetChat,
                    InGroup(Salesforce),
                    Command(ServiceNow),
                ],
            ),
            by(1, &[Wait(0, 60_000), ForgetChat, Wait(0, 60_000), InGroup(ServiceNow), LogIn(ServiceNow)]),
        ],
    },
    Story {
        name: "runs are cancelled while they wait",
        before: &[],
        scripts: &[
            by(1, &[Command(Salesforce), Command(ServiceNow), Say("create folder"), LogIn(Salesforce)]),
            by(1, &[Wait(3_000, 60_000), CancelRuns, Command(Salesforce), Wait(0, 20_000), CancelRuns]),
        ],
    },
    Story {
        name: "commands in a group to the bot alone",
        before: &[by(1, &[Connect(Box)])],
        scripts: &[
            by(1, &[Aside(Box), Aside(Salesforce), LogIn(Salesforce), InGroup(Box)]),
            by(2, &[Aside(ServiceNow), LogIn(ServiceNow), ForgetChat, Aside(ServiceNow)]),
        ],
    },
    Story {
        name: "three people in one channel, each with private replies",
        before: &[by(1, &[Connect(Box)]), by(2, &[Connect(Box)]), by(3, &[Connect(Salesforce)])],
        scripts: &[
            by(
                1,
                &[
                    InChannel(Box),
                    SayInChannel("personal_connections"),
                    InChannel(Salesforce),
                    LogIn(Salesforce),
                ],
            ),
            by(2, &[SayInChannel("connect salesforce"), InChannel(Box), SayInChannel("status")]),
            by(
                3,
                &[
                    InChannel(Salesforce),
                    InChannel(ServiceNow),
                    LogIn(ServiceNow),
                    SayInChannel("create folder"),
                ],
            ),
        ],
    },
    Story {
        name: "a channel takes no targeted messages",
        before: &[by(1, &[Targeted(false), Connect(Box)])],
        scripts: &[
            by(
                1,
                &[
                    InChannel(Box),
                    SayInChannel("personal_connections"),
                    InChannel(Salesforce),
                    LogIn(Salesforce),
                ],
            ),
            by(2, &[SayInChannel("help"), InChannel(ServiceNow), LogIn(ServiceNow)]),
        ],
    },
    Story {
        name: "a channel takes targeted messages, and no longer does, and does again",
        before: &[by(1, &[Connect(Box)]), by(2, &[Say("help"), Connect(Salesforce)])],
        scripts: &[
            by(
                0,
                &[
                    Wait(0, 20_000),
                    Targeted(false),
                    Wait(0, 40_000),
                    Targeted(true),
                    Wait(0, 20_000),
                    Targeted(false),
                ],
            ),
            by(
                1,
                &[InChannel(Box), InChannel(Salesforce), LogIn(Salesforce), Wait(0, 30_000), InChannel(Box)],
            ),
            by(2, &[InChannel(Salesforce), SayInChannel("connect box"), ForgetChat, InChannel(Salesforce)]),
            by(3, &[SayInChannel("personal_connections"), InChannel(ServiceNow), LogIn(ServiceNow)]),
        ],
    },
    Story {
        name: "somebody removes the bot in the middle of everything",
        before: &[by(1, &[Connect(Salesforce), Connect(ServiceNow)]), by(2, &[Connect(ServiceNow)])],
        scripts: &[
            by(1, &[Command(Salesforce), ExpireAccess(ServiceNow), Command(ServiceNow), LogIn(Salesforce)]),
            by(1, &[Wait(0, 20_000), Uninstall]),
            by(2, &[Command(ServiceNow), Wait(0, 40_000), Command(ServiceNow)]),
        ],
    },
    Story {
        name: "nobody uses a connection for its term",
        before: &[by(1, &[Say("help"), Connect(Box), Connect(Salesforce)]), by(2, &[Connect(Box)])],
        scripts: &[
            by(1, &[Wait(DAYS_85, DAYS_85), Command(Salesforce), Wait(DAYS_85, DAYS_85 + DAYS_85 / 20)]),
            by(2, &[Wait(0, DAYS_85), Command(Box)]),
        ],
    },
];

/// In milliseconds.
const DAYS_85: u64 = 85 * 24 * 3600 * 1000;
