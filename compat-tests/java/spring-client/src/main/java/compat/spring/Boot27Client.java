package compat.spring;

import org.springframework.cloud.openfeign.FeignClient;

/** The service by its name in the registry. */
@FeignClient("boot27-service")
interface Boot27Client extends HelloApi {
}
