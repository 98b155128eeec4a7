/** The release whose behavior the stand-in shows. */
export const kubeletVersion = "v1.37.2";
