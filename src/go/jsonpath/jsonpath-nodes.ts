/** One entry of an index or slice; a single index is `from` and a derived `to`. */
export interface SliceBound {
  readonly value: number;
  /** Derived from the single index, not written by the user. */
  readonly derived?: true;
}

export type JsonPathNode =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "constant"; readonly value: bigint | number | boolean }
  | { readonly kind: "field"; readonly name: string }
  | { readonly kind: "wildcard" }
  | { readonly kind: "recursive" }
  | { readonly kind: "identifier"; readonly name: string }
  | {
      readonly kind: "slice";
      readonly from?: SliceBound;
      readonly to?: SliceBound;
      readonly step?: SliceBound;
    }
  | { readonly kind: "union"; readonly members: readonly (readonly JsonPathNode[])[] }
  | {
      readonly kind: "filter";
      readonly left: readonly JsonPathNode[];
      readonly right: readonly JsonPathNode[];
      /** "exists" if there is no comparison. */
      readonly operator: string;
    }
  /** The content of a pair of braces. */
  | { readonly kind: "action"; readonly nodes: readonly JsonPathNode[] };
