"""A WebSocket server and a gRPC server. Prints their ports as one JSON line and serves until its input ends.

With a certificate and its key as arguments, a WebSocket server over TLS as well."""

import asyncio
import json
import ssl
import sys
from concurrent import futures

import grpc
from websockets.asyncio.server import serve
from websockets.http11 import Response
from websockets.datastructures import Headers


def unary(request, context):
    if request == b"fail":
        context.abort(grpc.StatusCode.FAILED_PRECONDITION, "not today, 오늘은 안 돼요")
    if request == b"slow":
        while context.is_active():
            pass
    context.set_trailing_metadata((("x-trailer", "told at the end"),))
    seen = {key: value for key, value in context.invocation_metadata() if key.startswith("x-")}
    return json.dumps({"echo": len(request), "seen": seen}).encode()


def many(request, context):
    for number in range(int(request)):
        yield b"n%d" % number


def gather(requests, context):
    return b"%d" % sum(len(request) for request in requests)


def talk(requests, context):
    for request in requests:
        yield request.upper()


methods = {
    "Unary": grpc.unary_unary_rpc_method_handler(unary),
    "Many": grpc.unary_stream_rpc_method_handler(many),
    "Gather": grpc.stream_unary_rpc_method_handler(gather),
    "Talk": grpc.stream_stream_rpc_method_handler(talk),
}


async def echo(socket):
    async for message in socket:
        if message == "close":
            await socket.close(4001, "as you wish")
        elif message == "drop":
            socket.transport.abort()
        else:
            await socket.send(message)


def admit(connection, request):
    if request.path.endswith("/refused"):
        body = b"not for you"
        return Response(403, "Forbidden", Headers([("Content-Length", str(len(body))), ("X-Why", "because")]), body)


async def main():
    server = grpc.server(futures.ThreadPoolExecutor(8))
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("compat.Echo", methods),))
    grpc_port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    settings = {"subprotocols": ["soap", "wamp"], "process_request": admit, "max_size": 1 << 24}
    ports = {"grpc": grpc_port}
    async with serve(echo, "127.0.0.1", 0, **settings) as sockets:
        ports["ws"] = sockets.sockets[0].getsockname()[1]
        if len(sys.argv) > 2:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(sys.argv[1], sys.argv[2])
            secure = await serve(echo, "127.0.0.1", 0, ssl=context, **settings)
            ports["wss"] = secure.sockets[0].getsockname()[1]
        print(json.dumps(ports), flush=True)
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    server.stop(None)


asyncio.run(main())
