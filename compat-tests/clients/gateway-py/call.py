"""Calls through a gateway. Ends with 0 if all is as it should be.

call.py ws PORT | grpc PORT | wss PORT CERTIFICATE PATH... | hold PORT CERTIFICATE PATH
"""

import asyncio
import json
import ssl
import sys
import time

import grpc
import websockets
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus


async def sockets(port):
    url = f"ws://127.0.0.1:{port}/py"
    async with connect(url, subprotocols=["wamp", "soap"], max_size=1 << 24) as socket:
        assert socket.subprotocol in ("wamp", "soap"), socket.subprotocol
        for message in ["hello", "안녕", "", "x" * 100_000, b"\0\xff" * 70_000, b""]:
            await socket.send(message)
            assert await socket.recv() == message
        await (await socket.ping(b"are you there"))
        # Both ways at once, neither waiting for the other.
        for number in range(500):
            await socket.send(str(number))
        assert [await socket.recv() for _ in range(500)] == [str(number) for number in range(500)]
    assert socket.close_code == 1000, socket.close_code
    async with connect(url, subprotocols=["soap"]) as socket:
        await socket.send("close")
        try:
            await socket.recv()
            raise AssertionError("still open")
        except ConnectionClosed as closed:
            assert (closed.rcvd.code, closed.rcvd.reason) == (4001, "as you wish"), closed
    async with connect(url, subprotocols=["soap"]) as socket:
        begin = time.monotonic()
        await socket.send("drop")
        try:
            await socket.recv()
            raise AssertionError("still open")
        except ConnectionClosed:
            assert time.monotonic() - begin < 5
    try:
        await connect(url + "/refused", subprotocols=["soap"])
        raise AssertionError("not refused")
    except InvalidStatus as refused:
        answer = refused.response
        assert answer.status_code == 403 and answer.headers["X-Why"] == "because", answer
        assert answer.body == b"not for you", answer.body


def trusted(certificate):
    context = ssl.create_default_context(cafile=certificate)
    context.check_hostname = False
    return context


async def secure_sockets(port, certificate, paths):
    for path in paths:
        url = f"wss://127.0.0.1:{port}{path}"
        async with connect(url, ssl=trusted(certificate), subprotocols=["soap"], max_size=1 << 24) as socket:
            names = [extension.name for extension in socket.protocol.extensions]
            assert names == ["permessage-deflate"], (path, names)
            for message in ["x" * (1 << 20), bytes(range(256)) * 4096, "안녕" * 100_000]:
                for _ in range(3):
                    await socket.send(message)
                for _ in range(3):
                    assert await socket.recv() == message, path
            # A message in pieces arrives as one.
            await socket.send(["a" * 70_000, "b" * 70_000, "c"])
            assert await socket.recv() == "a" * 70_000 + "b" * 70_000 + "c"
            await (await socket.ping())
        # Uncompressed frames of their full length.
        async with connect(url, ssl=trusted(certificate), subprotocols=["soap"], max_size=1 << 24, compression=None) as socket:
            assert socket.protocol.extensions == []
            await socket.send(b"\xa5" * (1 << 20))
            assert await socket.recv() == b"\xa5" * (1 << 20)


async def hold(port, certificate, path):
    """Stays until it is sent away, and says how."""
    url = f"wss://127.0.0.1:{port}{path}"
    async with connect(url, ssl=trusted(certificate), subprotocols=["soap"]) as socket:
        await socket.send("here")
        assert await socket.recv() == "here"
        print("open", flush=True)
        try:
            await socket.recv()
            raise AssertionError("it said something")
        except ConnectionClosed:
            print(f"closed {socket.close_code}", flush=True)


def grpc_calls(port):
    channel = grpc.insecure_channel(f"127.0.0.1:{port}", options=[("grpc.max_receive_message_length", 1 << 25)])
    unary = channel.unary_unary("/compat.Echo/Unary")
    answer, call = unary.with_call(b"x" * 1_000_000, metadata=(("x-mine", "1"),), timeout=20)
    told = json.loads(answer)
    assert told["echo"] == 1_000_000 and told["seen"]["x-mine"] == "1", told
    assert ("x-trailer", "told at the end") in [tuple(one) for one in call.trailing_metadata()], call.trailing_metadata()
    many = channel.unary_stream("/compat.Echo/Many")
    assert list(many(b"2000", timeout=20)) == [b"n%d" % number for number in range(2000)]
    gather = channel.stream_unary("/compat.Echo/Gather")
    assert gather((b"y" * 1000 for _ in range(1000)), timeout=20) == b"1000000"

    def words():
        for word in (b"one", b"two", b"three"):
            asked.append(word)
            yield word

    asked = []
    talk = channel.stream_stream("/compat.Echo/Talk")
    assert list(talk(words(), timeout=20)) == [b"ONE", b"TWO", b"THREE"] and len(asked) == 3

    def fails(code, *args, method=unary, **more):
        try:
            method(*args, **more)
        except grpc.RpcError as error:
            assert error.code() == code, error
            return error
        raise AssertionError(f"no {code}")

    error = fails(grpc.StatusCode.FAILED_PRECONDITION, b"fail", timeout=20)
    assert error.details() == "not today, 오늘은 안 돼요", error.details()
    fails(grpc.StatusCode.DEADLINE_EXCEEDED, b"slow", timeout=0.5)
    fails(grpc.StatusCode.UNIMPLEMENTED, b"", method=channel.unary_unary("/compat.Echo/Nothing"), timeout=20)
    # Answers of the gateway itself.
    fails(grpc.StatusCode.UNAVAILABLE, b"", method=channel.unary_unary("/compat.Away/Unary"), timeout=20)
    # Many at a time on one connection.
    calls = [unary.future(b"z" * number, timeout=20) for number in range(300)]
    assert [json.loads(call.result())["echo"] for call in calls] == list(range(300))


if sys.argv[1] == "ws":
    asyncio.run(asyncio.wait_for(sockets(int(sys.argv[2])), 60))
elif sys.argv[1] == "wss":
    asyncio.run(asyncio.wait_for(secure_sockets(int(sys.argv[2]), sys.argv[3], sys.argv[4:]), 60))
elif sys.argv[1] == "hold":
    asyncio.run(asyncio.wait_for(hold(int(sys.argv[2]), sys.argv[3], sys.argv[4]), 80))
else:
    grpc_calls(int(sys.argv[2]))
print("fine")
