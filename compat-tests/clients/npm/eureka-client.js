'use strict';

// eureka-client: reads the whole registry each time, starts its heartbeats once registered.

const { Eureka } = require('eureka-client');
const { instance, logger, runCaching, settings } = require('./steps');

const client = new Eureka({
  logger,
  instance: instance(),
  eureka: {
    serviceUrl: [`${settings.server}/apps/`],
    heartbeatInterval: settings.intervalMs,
    registryFetchInterval: settings.intervalMs,
    filterUpInstances: false,
  },
});

runCaching(client);
