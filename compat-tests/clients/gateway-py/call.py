"""Calls through a gateway: call.py ws PORT | call.py grpc PORT. Ends with 0 if all is as it should be."""

import asyncio
import json
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
else:
    grpc_calls(int(sys.argv[2]))
print("fine")
