package io.github.cones4j.engine.tornado;

import java.lang.classfile.ClassFile;
import java.lang.classfile.CodeBuilder;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.lang.reflect.InvocationTargetException;
import java.util.Collections;
import java.util.List;
import java.util.function.Consumer;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * A kernel whose byte code is made at run time. Each has a class of this one's name and shape in a class loader of its own,
 * with another static method, and {@link Code.OfHalves} in place of {@link Kernel} where it has four arguments: TornadoVM looks
 * for annotations in the class file of a kernel's class, by name and from the application's class path, and finds this one, which
 * has none.
 *
 * <p>The static method's name is the kernel's name on the device.
 */
public final class GeneratedKernel implements Kernel {
    static final ClassDesc CONTEXT = desc(KernelContext.class);
    static final ClassDesc FLOATS = desc(FloatArray.class);
    static final ClassDesc INTS = desc(IntArray.class);

    private static final ClassDesc SELF = desc(GeneratedKernel.class);
    /** As TornadoVM calls it: by looking into it for the static method. */
    @Override
    public void apply(KernelContext c, FloatArray m, IntArray p) {
        throw new UnsupportedOperationException("only the shape of a kernel");
    }

    /** A kernel of that name; in its body local 0 is the context, 1 the memory, 2 the numbers. */
    static Kernel of(String name, Consumer<CodeBuilder> body) {
        return (Kernel) make(name, Kernel.class, List.of(CONTEXT, FLOATS, INTS), body);
    }

    /**
     * The same with the memory of 16 bits as local 2, then the numbers. Whoever launches it hands over an array of shorts; that the
     * static method takes one of float16, whose elements lie alike, lets the kernel copy from it into local memory.
     */
    static Code.OfHalves ofHalves(String name, Consumer<CodeBuilder> body) {
        List<ClassDesc> arguments = List.of(CONTEXT, FLOATS, desc(HalfFloatArray.class), INTS);
        return (Code.OfHalves) make(name, Code.OfHalves.class, arguments, body);
    }

    private static Object make(String name, Class<?> type, List<ClassDesc> arguments, Consumer<CodeBuilder> body) {
        MethodTypeDesc taken = MethodTypeDesc.of(ConstantDescs.CD_void, arguments);
        MethodTypeDesc applied = MethodTypeDesc.of(
                ConstantDescs.CD_void, Collections.nCopies(arguments.size(), ConstantDescs.CD_Object));
        byte[] code = ClassFile.of().build(SELF, made -> {
            made.withFlags(ClassFile.ACC_PUBLIC | ClassFile.ACC_FINAL);
            made.withInterfaceSymbols(desc(type));
            made.withMethodBody(
                    ConstantDescs.INIT_NAME,
                    ConstantDescs.MTD_void,
                    ClassFile.ACC_PUBLIC,
                    init -> init.aload(0)
                            .invokespecial(ConstantDescs.CD_Object, ConstantDescs.INIT_NAME, ConstantDescs.MTD_void)
                            .return_());
            made.withMethodBody("apply", applied, ClassFile.ACC_PUBLIC, apply -> {
                for (int i = 0; i < arguments.size(); i++) {
                    apply.aload(i + 1).checkcast(arguments.get(i));
                }
                apply.invokestatic(SELF, name, taken).return_();
            });
            made.withMethodBody(name, taken, ClassFile.ACC_PUBLIC | ClassFile.ACC_STATIC, body);
        });
        try {
            return new Loader(code)
                    .loadClass(GeneratedKernel.class.getName())
                    .getDeclaredConstructor()
                    .newInstance();
        } catch (ClassNotFoundException
                | NoSuchMethodException
                | InstantiationException
                | IllegalAccessException
                | InvocationTargetException e) {
            throw new IllegalStateException("the class made for " + name + " cannot be loaded", e);
        }
    }

    /** The name of a class in byte code. */
    static ClassDesc desc(Class<?> type) {
        return type.describeConstable().orElseThrow();
    }

    /** Knows one class of its own; all others are the application's. */
    private static final class Loader extends ClassLoader {
        private final byte[] code;

        Loader(byte[] code) {
            super(GeneratedKernel.class.getClassLoader());
            this.code = code;
        }

        @Override
        protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            synchronized (getClassLoadingLock(name)) {
                if (!name.equals(GeneratedKernel.class.getName())) {
                    return super.loadClass(name, resolve);
                }
                Class<?> known = findLoadedClass(name);
                return known != null ? known : defineClass(name, code, 0, code.length);
            }
        }
    }
}
