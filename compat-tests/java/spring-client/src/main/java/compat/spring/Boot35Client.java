package compat.spring;

import org.springframework.cloud.openfeign.FeignClient;

/** The service by its name in the registry. */
@FeignClient("boot35-service")
interface Boot35Client extends HelloApi {
}
