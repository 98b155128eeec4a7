// vitest's setupFiles: it runs before each file of tests, so that this hook is the last one of the file.
import { afterAll } from "vitest";
import { removeTemporaryDirectories } from "./temporary-directory.ts";

afterAll(removeTemporaryDirectories);
