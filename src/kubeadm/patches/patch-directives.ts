/** In an object: what is to be done with the object as a whole. */
export const patchDirective = "$patch";
/** In an object: the names of all fields that may be left. */
export const retainKeys = "$retainKeys";
/** Before the name of a list of plain values: those to take out. */
export const deleteFromListPrefix = "$deleteFromPrimitiveList/";
/** Before the name of a list: its items, or their merge keys, in order. */
export const elementOrderPrefix = "$setElementOrder/";

/** Whether a field of a patch is an instruction and no field of the object. */
export function isDirective(key: string): boolean {
  return (
    key === patchDirective ||
    key === retainKeys ||
    key.startsWith(deleteFromListPrefix) ||
    key.startsWith(elementOrderPrefix)
  );
}
