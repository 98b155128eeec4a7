/** The release whose behavior the stand-in has. */
export const kubeletVersion = "v1.37.2";
