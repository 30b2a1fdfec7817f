// A WebSocket server and a stream of events. Prints its port and serves until its input ends.
const http = require('http');
const { WebSocketServer } = require('ws');

const server = http.createServer((request, response) => {
  if (request.url.includes('/events')) {
    response.writeHead(200, { 'Content-Type': 'text/event-stream' });
    let number = 0;
    const timer = setInterval(() => response.write(`id: ${number}\ndata: ${number++}\n\n`), 100);
    request.on('close', () => {
      clearInterval(timer);
      server.gone = (server.gone || 0) + 1;
    });
    return;
  }
  // Streams whose readers have left.
  response.end(String(server.gone || 0));
});
const sockets = new WebSocketServer({ server, handleProtocols: (offered) => (offered.has('b') ? 'b' : false) });
sockets.on('connection', (socket) => {
  socket.on('message', (data, isBinary) => {
    if (!isBinary && data.toString() === 'close') socket.close(3999, 'done');
    else socket.send(data, { binary: isBinary });
  });
});
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
process.stdin.on('end', () => process.exit(0)).resume();
