'use strict';

// eureka-node-client: a wrapper that tells its listeners the addresses of every application.

const EurekaClient = require('eureka-node-client');
const { called, instance, logger, run, settings } = require('./steps');

const client = new EurekaClient({
  logger,
  instance: { ...instance(), port: { $: settings.port, '@enabled': 'true' } },
  eureka: {
    host: settings.server.hostname,
    port: settings.server.port,
    servicePath: `${settings.server.pathname}/apps/`,
    heartbeatInterval: settings.intervalMs,
    registryFetchInterval: settings.intervalMs,
  },
});

let services = {};
client.onUpdated((all) => { services = all; });

run({
  register: called((done) => client.start(done)),
  services: () => ({ services }),
  deregister: called((done) => client.stop(done)),
});
