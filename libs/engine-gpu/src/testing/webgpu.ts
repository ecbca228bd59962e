// Whether WebGPU can be tested here: on a real adapter or on SwiftShader, the software Vulkan of Debian's chromium-common.

import { existsSync } from 'node:fs';
import { createGpuEngine } from '../index.ts';

/** Its Vulkan driver's manifest. */
export const swiftShader = '/usr/lib/chromium/vk_swiftshader_icd.json';

/**
 * Tries WebGPU in this process, on SwiftShader where it is installed and no other driver was asked for.
 * @returns why WebGPU tests are skipped; undefined: they run.
 * @throws Error where they must run (RONDO_REQUIRE_WEBGPU=1) and cannot.
 */
export async function webgpuAbsence(): Promise<string | undefined> {
  if (process.env.VK_ICD_FILENAMES === undefined && existsSync(swiftShader)) process.env.VK_ICD_FILENAMES = swiftShader;
  try {
    await (await createGpuEngine('webgpu')).dispose();
    return undefined;
  } catch (error) {
    if (process.env.RONDO_REQUIRE_WEBGPU === '1') throw error;
    const { message } = error as Error;
    console.warn(`webgpu is not tested: ${message}`);
    return message;
  }
}
