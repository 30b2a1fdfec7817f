package compat.caller;

import java.util.List;

import org.springframework.data.web.PagedModel.PageMetadata;

/** A page in the form of {@link org.springframework.data.web.PagedModel}, which itself is only written, never read. */
public record ProductModel(List<Product> content, PageMetadata page) {
}
