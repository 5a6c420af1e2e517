declare const documentOf: unique symbol;

/** The JSON text of a document: what a statement binds that reads one. */
export type Json<Document> = string & { readonly [documentOf]: Document };

declare global {
  // The text knows what it was written from, so that a statement can name the type of the document that it reads.
  interface JSON {
    stringify<Document extends object>(
      document: Document,
      replace?: (name: string, value: unknown) => unknown,
    ): Json<Document>;
  }
}
