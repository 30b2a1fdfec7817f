package compat.spring;

import org.springframework.cloud.openfeign.FeignClient;

/** The service by its name in the registry. */
@FeignClient("boot40-service")
interface Boot40Client extends HelloApi {
}
