package compat.caller;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Type;
import java.util.List;

import feign.Response;
import feign.Util;
import feign.codec.Decoder;
import feign.codec.ErrorDecoder;
import org.springframework.context.annotation.Bean;
import org.springframework.http.ProblemDetail;

/** Reads refusals with the message converters that read everything else. */
class ProductErrors {

    @Bean
    ErrorDecoder productErrorDecoder(Decoder decoder) {
        return (method, response) -> {
            String type = response.headers().getOrDefault("content-type", List.of()).stream()
                    .findFirst().orElse("");
            try {
                byte[] body = response.body() == null ? new byte[0] : Util.toByteArray(response.body().asInputStream());
                boolean told = type.contains("json");
                return new ProductServiceException(new ProductServiceException.Refusal(response.status(), type,
                        told ? (ProblemDetail) read(decoder, response, body, ProblemDetail.class) : null,
                        told ? (ClassicError) read(decoder, response, body, ClassicError.class) : null));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        };
    }

    private static Object read(Decoder decoder, Response response, byte[] body, Type type) throws IOException {
        return decoder.decode(response.toBuilder().body(body).build(), type);
    }
}
