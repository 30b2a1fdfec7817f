package compat.spring;

/** A call through the load-balanced HTTP client of this generation. */
interface RestCall {

    /** {@code GET http://service/hello}, the host being a name in the registry. */
    Hello hello(String service);
}
