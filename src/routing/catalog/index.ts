export type { CatalogFile } from "./catalog-format.ts";
export { checkCatalog } from "./catalog-format.ts";
export type { Capability, CatalogModel, Modality, ModelMode } from "./decode-model.ts";
export type { Catalog, CatalogOptions } from "./open-catalog.ts";
export { catalogOf, openCatalog } from "./open-catalog.ts";
