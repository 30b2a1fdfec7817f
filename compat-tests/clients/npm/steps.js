'use strict';

// Drives a client: one step per line on stdin, one JSON object per step on stdout.

const readline = require('readline');

/** Settings every program gets from its environment. */
exports.settings = {
  server: new URL(process.env.EUREKA_URL),
  app: process.env.APP,
  instanceId: process.env.INSTANCE_ID,
  host: process.env.HOST,
  ip: process.env.IP,
  port: Number(process.env.PORT),
  intervalMs: Number(process.env.INTERVAL) * 1000,
};

/** A logger for clients that would otherwise write to stdout, which belongs to the answers. */
const log = (...words) => process.stderr.write(`${words.map(String).join(' ')}\n`);
exports.logger = { error: log, warn: log, info: log, debug() {}, level() {} };

/** The instance as these clients describe it: `@enabled` is a JSON boolean here. */
exports.instance = () => ({
  app: exports.settings.app,
  instanceId: exports.settings.instanceId,
  hostName: exports.settings.host,
  ipAddr: exports.settings.ip,
  port: { $: exports.settings.port, '@enabled': true },
  vipAddress: exports.settings.app.toLowerCase(),
  statusPageUrl: `http://${exports.settings.host}:${exports.settings.port}/info`,
  metadata: { team: 'a & b' },
  dataCenterInfo: {
    '@class': 'com.netflix.appinfo.InstanceInfo$DefaultDataCenterInfo',
    name: 'MyOwn',
  },
});

/** What a caller of the client would use of each instance. */
exports.seen = (instances) => ({
  instances: instances.map((one) => ({
    id: one.instanceId,
    host: one.hostName,
    ip: one.ipAddr,
    port: one.port.$,
    status: one.status,
    metadata: one.metadata,
  })),
});

/** Turns a method that takes a node callback into a step. */
exports.called = (method) => () =>
  new Promise((resolve, reject) => {
    method((error) => (error ? reject(error) : resolve({})));
  });

/** Answers steps until stdin ends, one after the other. */
exports.run = async (steps) => {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const [step, ...words] = line.split(' ');
    let answer;
    try {
      answer = { step, ok: true, ...(await steps[step](...words)) };
    } catch (error) {
      answer = { step, ok: false, error: String(error) };
    }
    process.stdout.write(`${JSON.stringify(answer)}\n`);
  }
  process.exit(0);
};

/** The steps of the clients that keep a copy of the registry and tell what they do by events. */
exports.runCaching = (client) => {
  const events = { registered: 0, heartbeat: 0, registryUpdated: 0, deregistered: 0 };
  Object.keys(events).forEach((name) => client.on(name, () => { events[name] += 1; }));
  return exports.run({
    register: exports.called((done) => client.start(done)),
    events: () => events,
    app: (name) => exports.seen(client.getInstancesByAppId(name)),
    vip: (name) => exports.seen(client.getInstancesByVipAddress(name)),
    deregister: exports.called((done) => client.stop(done)),
  });
};
