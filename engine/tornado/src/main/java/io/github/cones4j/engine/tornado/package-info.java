/**
 * The device that computes through TornadoVM: float32, programs lowered to a few graphs of kernels over one memory, kernels in Java
 * that are compiled for OpenCL, PTX or CUDA at run time. The only code that imports TornadoVM.
 *
 * <p>Rules for kernels, each for something that TornadoVM 5.2.0 compiles to another meaning without a word, or not at all:
 *
 * <ul>
 *   <li>Classes are compiled with {@code javac -g}.
 *   <li>No {@code if (a && b) ... else ...}: the end of the inner branch may run on into the other one. A flag, or two conditions
 *       without an else.
 *   <li>No loop at the end of an else branch with a value that lives on: it may be assigned twice.
 *   <li>No local array handed to another method: it is indexed by bytes there.
 *   <li>{@code x >= y} is compiled as not less, and so true for NaN; {@code >>>} as {@code >>}; division of a negative int by a
 *       constant as a shift.
 *   <li>No {@code Float.intBitsToFloat} or its inverse, no {@code Math.fma}; {@code a * b + c} is fused where the device can.
 *   <li>No name of a method that is a function or a word of OpenCL: {@code max}, {@code half}, nor of CUDA: {@code round}.
 *   <li>A kernel reads from the memory. One that only writes, on both sides of some condition, is taken to write everything: if it
 *       is the first of a graph, the memory is not brought to the device.
 *   <li>Every barrier is reached by all threads of a group; a kernel returns at its end.
 * </ul>
 */
@NullMarked
package io.github.cones4j.engine.tornado;

import org.jspecify.annotations.NullMarked;
