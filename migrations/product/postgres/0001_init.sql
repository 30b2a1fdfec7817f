-- Products, their categories, prices and history.

CREATE EXTENSION IF NOT EXISTS pg_trgm;

CREATE TABLE category (
    id UUID PRIMARY KEY,
    code TEXT COLLATE "C" NOT NULL UNIQUE,
    name TEXT COLLATE "C" NOT NULL,
    parent_id UUID REFERENCES category (id),
    sort INTEGER NOT NULL,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    created_by TEXT COLLATE "C" NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    updated_by TEXT COLLATE "C" NOT NULL
);
CREATE INDEX category_parent ON category (parent_id);

CREATE TABLE product (
    seq BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id UUID NOT NULL UNIQUE,
    sku TEXT COLLATE "C" NOT NULL UNIQUE,
    name TEXT COLLATE "C" NOT NULL,
    name_en TEXT COLLATE "C",
    spec TEXT COLLATE "C",
    description TEXT COLLATE "C",
    category_id UUID REFERENCES category (id),
    barcode TEXT COLLATE "C",
    uom SMALLINT,
    quantity_scale SMALLINT NOT NULL,
    sale_amount BIGINT,
    purchase_amount BIGINT,
    currency TEXT COLLATE "C",
    tax_code SMALLINT NOT NULL,
    stock_tracked BOOLEAN NOT NULL,
    lot_tracked BOOLEAN NOT NULL,
    default_supplier_id UUID,
    lead_time_days INTEGER,
    attributes JSONB NOT NULL,
    status SMALLINT NOT NULL,
    version BIGINT NOT NULL CHECK (version > 0),
    created_at TIMESTAMPTZ NOT NULL,
    created_by TEXT COLLATE "C" NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    updated_by TEXT COLLATE "C" NOT NULL,
    -- What is searched: folded name, and folded name, sku, barcode and spec together.
    name_key TEXT COLLATE "C" NOT NULL,
    search TEXT COLLATE "C" NOT NULL,
    -- Sale price for sorting and filtering, -1 without one: the engines disagree about where NULL comes.
    price_key BIGINT NOT NULL
);
CREATE UNIQUE INDEX product_barcode ON product (barcode) WHERE barcode IS NOT NULL;
CREATE INDEX product_status_category ON product (status, category_id, sku);
CREATE INDEX product_category ON product (category_id, sku);
CREATE INDEX product_uom ON product (uom, sku);
CREATE INDEX product_updated ON product (updated_at, id);
CREATE INDEX product_created ON product (created_at, id);
CREATE INDEX product_name ON product (name, id);
CREATE INDEX product_name_key ON product (name_key);
CREATE INDEX product_price ON product (price_key, id);
CREATE INDEX product_search ON product USING GIN (search gin_trgm_ops);

CREATE TABLE price_history (
    product_id UUID NOT NULL REFERENCES product (id),
    valid_from TIMESTAMPTZ NOT NULL,
    version BIGINT NOT NULL,
    sale_amount BIGINT,
    purchase_amount BIGINT,
    currency TEXT COLLATE "C",
    actor TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (product_id, version)
);
CREATE INDEX price_history_from ON price_history (product_id, valid_from);

CREATE TABLE audit_log (
    id UUID PRIMARY KEY,
    entity SMALLINT NOT NULL,
    entity_id UUID NOT NULL,
    version BIGINT NOT NULL,
    action TEXT COLLATE "C" NOT NULL,
    actor TEXT COLLATE "C" NOT NULL,
    at TIMESTAMPTZ NOT NULL,
    changes JSONB NOT NULL,
    UNIQUE (entity, entity_id, version)
);

CREATE TABLE idempotency_key (
    scope TEXT COLLATE "C" NOT NULL,
    key TEXT COLLATE "C" NOT NULL,
    fingerprint BYTEA NOT NULL,
    resource_id UUID NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (scope, key)
);
CREATE INDEX idempotency_key_age ON idempotency_key (created_at);

CREATE TABLE number_series (
    name TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    next BIGINT NOT NULL
);
