-- Products, their categories, prices and history.

CREATE TABLE category (
    id BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 16),
    code TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    parent_id BLOB REFERENCES category (id),
    sort INTEGER NOT NULL,
    version INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    created_by TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    updated_by TEXT NOT NULL
) STRICT;
CREATE INDEX category_parent ON category (parent_id);

CREATE TABLE product (
    seq INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
    sku TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    name_en TEXT,
    spec TEXT,
    description TEXT,
    category_id BLOB REFERENCES category (id),
    barcode TEXT,
    uom INTEGER,
    quantity_scale INTEGER NOT NULL,
    sale_amount INTEGER,
    purchase_amount INTEGER,
    currency TEXT,
    tax_code INTEGER NOT NULL,
    stock_tracked INTEGER NOT NULL CHECK (stock_tracked IN (0, 1)),
    lot_tracked INTEGER NOT NULL CHECK (lot_tracked IN (0, 1)),
    default_supplier_id BLOB CHECK (length(default_supplier_id) = 16),
    lead_time_days INTEGER,
    attributes TEXT NOT NULL,
    status INTEGER NOT NULL,
    version INTEGER NOT NULL CHECK (version > 0),
    created_at TEXT NOT NULL,
    created_by TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    updated_by TEXT NOT NULL,
    -- What is searched: folded name, and folded name, sku, barcode and spec together.
    name_key TEXT NOT NULL,
    search TEXT NOT NULL,
    -- Sale price for sorting and filtering, -1 without one: the engines disagree about where NULL comes.
    price_key INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX product_barcode ON product (barcode) WHERE barcode IS NOT NULL;
CREATE INDEX product_status_category ON product (status, category_id, sku);
CREATE INDEX product_category ON product (category_id, sku);
CREATE INDEX product_uom ON product (uom, sku);
CREATE INDEX product_updated ON product (updated_at, id);
CREATE INDEX product_created ON product (created_at, id);
CREATE INDEX product_name ON product (name, id);
CREATE INDEX product_name_key ON product (name_key);
CREATE INDEX product_price ON product (price_key, id);

-- The trigram index keeps no text of its own; triggers keep it true.
CREATE VIRTUAL TABLE product_search USING fts5 (
    search, content = 'product', content_rowid = 'seq', tokenize = 'trigram case_sensitive 1'
);
CREATE TRIGGER product_search_insert AFTER INSERT ON product BEGIN
    INSERT INTO product_search (rowid, search) VALUES (new.seq, new.search);
END;
CREATE TRIGGER product_search_delete AFTER DELETE ON product BEGIN
    INSERT INTO product_search (product_search, rowid, search) VALUES ('delete', old.seq, old.search);
END;
CREATE TRIGGER product_search_update AFTER UPDATE OF search ON product
WHEN old.search <> new.search BEGIN
    INSERT INTO product_search (product_search, rowid, search) VALUES ('delete', old.seq, old.search);
    INSERT INTO product_search (rowid, search) VALUES (new.seq, new.search);
END;

CREATE TABLE price_history (
    product_id BLOB NOT NULL REFERENCES product (id),
    valid_from TEXT NOT NULL,
    version INTEGER NOT NULL,
    sale_amount INTEGER,
    purchase_amount INTEGER,
    currency TEXT,
    actor TEXT NOT NULL,
    PRIMARY KEY (product_id, version)
) STRICT;
CREATE INDEX price_history_from ON price_history (product_id, valid_from);

CREATE TABLE audit_log (
    id BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 16),
    entity INTEGER NOT NULL,
    entity_id BLOB NOT NULL CHECK (length(entity_id) = 16),
    version INTEGER NOT NULL,
    action TEXT NOT NULL,
    actor TEXT NOT NULL,
    at TEXT NOT NULL,
    changes TEXT NOT NULL,
    UNIQUE (entity, entity_id, version)
) STRICT;

CREATE TABLE idempotency_key (
    scope TEXT NOT NULL,
    key TEXT NOT NULL,
    fingerprint BLOB NOT NULL,
    resource_id BLOB NOT NULL CHECK (length(resource_id) = 16),
    created_at TEXT NOT NULL,
    PRIMARY KEY (scope, key)
) STRICT;
CREATE INDEX idempotency_key_age ON idempotency_key (created_at);

CREATE TABLE number_series (
    name TEXT NOT NULL PRIMARY KEY,
    next INTEGER NOT NULL
) STRICT;
