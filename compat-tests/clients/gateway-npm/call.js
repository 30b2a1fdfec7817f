// Calls through a gateway: call.js PORT. Ends with 0 if all is as it should be.
const assert = require('assert');
const { once } = require('events');
const WebSocket = require('ws');
const { EventSource } = require('eventsource');

const port = process.argv[2];

async function sockets(path) {
  const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, ['a', 'b', 'wamp']);
  await once(socket, 'open');
  assert(['b', 'wamp'].includes(socket.protocol), socket.protocol);
  for (const message of ['hello', '안녕', 'x'.repeat(100000), Buffer.alloc(200000, 7)]) {
    socket.send(message);
    const [data, isBinary] = await once(socket, 'message');
    assert.strictEqual(isBinary, Buffer.isBuffer(message));
    assert(isBinary ? data.equals(message) : data.toString() === message);
  }
  socket.ping('p');
  const [pong] = await once(socket, 'pong');
  assert.strictEqual(pong.toString(), 'p');
  socket.send('close');
  const [code] = await once(socket, 'close');
  assert([3999, 4001].includes(code), String(code));
}

// Events come as they are sent, and the backend learns that their reader has left.
async function events() {
  const source = new EventSource(`http://127.0.0.1:${port}/js/events`);
  const times = [];
  await new Promise((resolve, reject) => {
    source.onmessage = () => {
      times.push(Date.now());
      if (times.length === 5) resolve();
    };
    source.onerror = reject;
  });
  const gaps = times.slice(1).map((time, at) => time - times[at]);
  assert(gaps.every((gap) => gap > 20), `came in heaps: ${gaps}`);
  source.close();
  for (let tries = 0; ; tries += 1) {
    const gone = await (await fetch(`http://127.0.0.1:${port}/js/gone`)).text();
    if (Number(gone) >= 1) break;
    assert(tries < 100, 'the backend still sends');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

(async () => {
  await sockets('/js');
  await sockets('/py');
  await events();
  console.log('fine');
  process.exit(0);
})().catch((error) => {
  console.error(error);
  process.exit(1);
});
setTimeout(() => {
  console.error('took too long');
  process.exit(1);
}, 60000);
