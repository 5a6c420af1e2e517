/** The machine or a folder of it does not do for a part of the sandbox; the message tells a person why and what to do. */
export class UnfitPlace extends Error {
  override readonly name = "UnfitPlace";
}
