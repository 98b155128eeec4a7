/** The release whose behaviour the stand-in shows. */
export const kubeletVersion = "v1.37.2";
