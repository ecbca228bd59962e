// The gpu.js engines: WebGPU, WebAssembly and plain JavaScript behind rnn-core's Engine.

import { createRequire } from 'node:module';
import type { Device, Engine } from '@rondo/rnn-core';
import { type GpuEngineName, modes } from './mode.ts';
import { createPlan, type GpuPlan } from './plan.ts';
import { type AdapterInfo, acquireWebGPU, releaseWebGPU } from './webgpu.ts';

/**
 * An engine that runs a program as one gpu.js pipeline on one compute thread (webasm, js) or one GPU (webgpu).
 * Nothing falls back: a plan that did not run as `engine.device` and `plan.executor` say throws.
 *
 * @throws Error that says what is missing and what to install when `webgpu` finds no adapter.
 */
export async function createGpuEngine(name: GpuEngineName): Promise<Engine> {
  const device = await openDevice(name);
  const plans = new Set<GpuPlan>();
  let disposed = false;
  return {
    name,
    device,
    async compile(program) {
      if (disposed) throw new Error(`the ${name} engine has been disposed`);
      const plan = createPlan(program, modes[name], () => plans.delete(plan));
      plans.add(plan);
      return plan;
    },
    async dispose() {
      if (disposed) return;
      disposed = true;
      await Promise.all([...plans].map((plan) => plan.destroy()));
      if (name === 'webgpu') await releaseWebGPU();
    },
  };
}

async function openDevice(name: GpuEngineName): Promise<Device> {
  const library = `gpu.js ${versionOf('gpu.js')}`;
  switch (name) {
    case 'webgpu':
      return { ...describeAdapter(await acquireWebGPU()), library: `${library}, webgpu ${versionOf('webgpu')}` };
    case 'webasm':
      return { kind: 'cpu', description: 'WebAssembly SIMD', library };
    case 'js':
      return { kind: 'cpu', description: 'plain JavaScript', library };
  }
}

const softwareAdapters = /swiftshader|llvmpipe|lavapipe|software|basic render/i;

function describeAdapter(info: AdapterInfo): Pick<Device, 'kind' | 'description'> {
  const names = [info.vendor, info.architecture, info.device, info.description].filter((part) => part !== '');
  const description = names.join(', ');
  const software = info.isFallbackAdapter === true || softwareAdapters.test(description);
  return { kind: software ? 'software-gpu' : 'gpu', description };
}

function versionOf(dependency: string): string {
  return (createRequire(import.meta.url)(`${dependency}/package.json`) as { version: string }).version;
}
