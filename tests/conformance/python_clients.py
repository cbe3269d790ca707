"""The SDK of MCP for Python, and FastMCP, as clients. See python_clients.mjs."""

import asyncio
import json
import os
import sys
import traceback
import uuid
from urllib.parse import parse_qs, urlparse

NAME, URL = sys.argv[1:]
PERSON = os.environ["PERSON"]


async def ask(what, value):
    """Asks the other side to do something in the person's browser or chat."""
    print(json.dumps([what, value]), flush=True)
    return json.loads(await asyncio.to_thread(sys.stdin.readline))


async def check(what, play):
    """Reports whether `play` went well."""
    try:
        result = await play()
        print(json.dumps(["checked", what, None]), flush=True)
        return result
    except Exception:  # noqa: BLE001 (all of it is the report)
        print(json.dumps(["checked", what, traceback.format_exc()[-2000:]]), flush=True)
        return None


async def log_in(url):
    await ask("log_in", url)


def structured(result):
    """The structured content, which both call differently."""
    for name in ("structured_content", "structuredContent"):
        if getattr(result, name, None):
            return getattr(result, name)
    raise AssertionError(f"no structured content: {result}")


async def story(client, version):
    """What both play once they are connected."""

    async def lists():
        tools = await client.list_tools()
        tools = getattr(tools, "tools", tools)
        assert any(tool.name == "create_opportunity" for tool in tools), tools

    async def writes():
        name = f"Python {uuid.uuid4()}"
        arguments = {"name": name, "amount": 5000, "close_date": "2026-12-31"}
        waits = structured(await client.call_tool("create_opportunity", arguments))
        assert waits["status"] in ("waiting_approval", "running"), waits
        await ask("approve", name)
        for _ in range(200):
            done = structured(await client.call_tool("get_run", {"run": waits["run"]}))
            if done["status"] == "done":
                assert done["as"] == [PERSON], done
                return
            await asyncio.sleep(0.1)
        raise AssertionError(f"not done: {done}")

    async def reads():
        found = structured(await client.call_tool("find_account", {"name": "Acme"}))
        assert found["status"] == "done", found

    async def negotiates():
        assert version() == "2026-07-28", version()

    await check("negotiates 2026-07-28", negotiates)
    await check("lists the tools", lists)
    await check("a write: the login by its address, then *Do it*", writes)
    await check("a read asks nobody", reads)


async def play_mcp():
    import httpx2
    from mcp import Client
    from mcp.client.auth import OAuthClientProvider
    from mcp.client.streamable_http import streamable_http_client
    from mcp.shared.auth import AuthorizationCodeResult, OAuthClientInformationFull, OAuthClientMetadata
    from mcp.types import ElicitResult

    redirect_uri = os.environ["REDIRECT_URI"]
    metadata = {"client_name": "Python", "redirect_uris": [redirect_uri], "token_endpoint_auth_method": "none"}

    class Storage:
        tokens = None

        async def get_tokens(self):
            return self.tokens

        async def set_tokens(self, tokens):
            self.tokens = tokens

        async def get_client_info(self):
            return OAuthClientInformationFull(client_id=os.environ["CLIENT_ID"], **metadata)

        async def set_client_info(self, information):
            raise AssertionError(f"registered {information}")

    back = {}

    async def redirect(url):
        back.update(parse_qs(urlparse(await ask("authorize", url)).query))

    async def callback():
        one = {name: values[0] for name, values in back.items()}
        return AuthorizationCodeResult(code=one["code"], state=one.get("state"), iss=one.get("iss"))

    async def elicit(_context, params):
        assert params.mode == "url", params
        await log_in(params.url)
        return ElicitResult(action="accept")

    auth = OAuthClientProvider(URL, OAuthClientMetadata(**metadata), Storage(), redirect, callback)
    async with httpx2.AsyncClient(auth=auth, timeout=60) as http:
        client = Client(streamable_http_client(URL, http_client=http), elicitation_callback=elicit)
        entered = await check("authorization from the 401 on", client.__aenter__)
        if entered is not None:
            await story(client, lambda: client.protocol_version)
            await client.__aexit__(None, None, None)


async def play_fastmcp():
    from fastmcp import Client
    from fastmcp.client.elicitation import ElicitResult

    async def elicit(_message, _kind, params, _context):
        assert params.mode == "url", params
        await log_in(params.url)
        return ElicitResult(action="accept")

    client = Client(URL, auth=os.environ["TOKEN"], elicitation_handler=elicit)
    entered = await check("connects with an access token", client.__aenter__)
    if entered is not None:
        await story(client, lambda: client.protocol_version)
        await client.__aexit__(None, None, None)


asyncio.run({"mcp": play_mcp, "fastmcp": play_fastmcp}[NAME]())
