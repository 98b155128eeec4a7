/** The release whose behavior the stand-in has, and which it reports by default. */
export const kubeletVersion = "v1.37.2";
