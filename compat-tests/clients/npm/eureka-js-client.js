'use strict';

// eureka-js-client, or the package of the same interface named by PACKAGE.

const { Eureka } = require(process.env.PACKAGE || 'eureka-js-client');
const { instance, logger, runCaching, settings } = require('./steps');

const client = new Eureka({
  logger,
  shouldUseDelta: process.env.DELTA === 'true',
  instance: instance(),
  eureka: {
    serviceUrls: { default: [`${settings.server}/apps/`] },
    heartbeatInterval: settings.intervalMs,
    registryFetchInterval: settings.intervalMs,
    filterUpInstances: false,
  },
});

runCaching(client);
