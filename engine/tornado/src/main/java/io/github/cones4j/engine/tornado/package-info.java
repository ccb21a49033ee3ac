/**
 * The device that computes through TornadoVM: float32, programs lowered to a few graphs of kernels over one memory, kernels in Java
 * that are compiled for OpenCL, PTX or CUDA at run time. The only code that imports TornadoVM.
 */
@NullMarked
package io.github.cones4j.engine.tornado;

import org.jspecify.annotations.NullMarked;
