namespace TransferLearning;

/// <summary>Arithmetic of tensors with numbers, in which every <see cref="Scalar"/> lives until LibTorch is done with it. TorchSharp's own
/// operators and conversions leave it to the garbage collector, which may free it during the call; they are banned (BannedSymbols.txt). The
/// numbers are as in LibTorch: an integer keeps the type of an integer tensor, a fraction does not.</summary>
internal static class Scalars
{
    /// <summary>The integer 0; never disposed.</summary>
    public static readonly Scalar Zero = 0.ToScalar();

    /// <summary>The integer 1, the usual factor of <c>add</c>; never disposed.</summary>
    public static readonly Scalar One = 1.ToScalar();

    /// <summary>tensor + other.</summary>
    public static Tensor Add(this Tensor tensor, Tensor other) => tensor.add(other, One);

    /// <summary>tensor + factor * other.</summary>
    public static Tensor Add(this Tensor tensor, Tensor other, double factor)
    {
        using Scalar scalar = factor.ToScalar();
        return tensor.add(other, scalar);
    }

    /// <summary>tensor + number.</summary>
    public static Tensor Add(this Tensor tensor, double number)
    {
        using Scalar scalar = number.ToScalar();
        return tensor.add(scalar, One);
    }

    /// <inheritdoc cref="Add(Tensor, double)"/>
    public static Tensor Add(this Tensor tensor, long number)
    {
        using Scalar scalar = number.ToScalar();
        return tensor.add(scalar, One);
    }

    /// <summary>Adds the other tensor to this one, in place.</summary>
    public static Tensor AddInPlace(this Tensor tensor, Tensor other) => tensor.add_(other, One);

    /// <summary>Adds factor * other to the tensor, in place.</summary>
    public static Tensor AddInPlace(this Tensor tensor, Tensor other, double factor)
    {
        using Scalar scalar = factor.ToScalar();
        return tensor.add_(other, scalar);
    }

    /// <summary>tensor - number.</summary>
    public static Tensor Subtract(this Tensor tensor, double number)
    {
        using Scalar scalar = number.ToScalar();
        return tensor.sub(scalar);
    }

    /// <inheritdoc cref="Subtract(Tensor, double)"/>
    public static Tensor Subtract(this Tensor tensor, long number)
    {
        using Scalar scalar = number.ToScalar();
        return tensor.sub(scalar);
    }

    /// <summary>tensor * number.</summary>
    public static Tensor Multiply(this Tensor tensor, double number)
    {
        using Scalar scalar = number.ToScalar();
        return tensor.mul(scalar);
    }

    /// <inheritdoc cref="Multiply(Tensor, double)"/>
    public static Tensor Multiply(this Tensor tensor, long number)
    {
        using Scalar scalar = number.ToScalar();
        return tensor.mul(scalar);
    }

    /// <summary>tensor * tensor.</summary>
    public static Tensor Square(this Tensor tensor) => tensor.mul(tensor);

    /// <summary>Multiplies the tensor in place.</summary>
    public static Tensor MultiplyInPlace(this Tensor tensor, double number)
    {
        using Scalar scalar = number.ToScalar();
        return tensor.mul_(scalar);
    }

    /// <summary>tensor / number.</summary>
    public static Tensor Divide(this Tensor tensor, double number)
    {
        using Scalar scalar = number.ToScalar();
        return tensor.div(scalar);
    }

    /// <summary>The remainder of a division by an integer.</summary>
    public static Tensor Remainder(this Tensor tensor, long divisor)
    {
        using Scalar scalar = divisor.ToScalar();
        return tensor.remainder(scalar);
    }

    /// <summary>Where tensor == number.</summary>
    public static Tensor IsEqual(this Tensor tensor, long number)
    {
        using Scalar scalar = number.ToScalar();
        return tensor.eq(scalar);
    }

    /// <summary>Where tensor != number.</summary>
    public static Tensor IsUnequal(this Tensor tensor, long number)
    {
        using Scalar scalar = number.ToScalar();
        return tensor.ne(scalar);
    }

    /// <summary>Where tensor &lt; number.</summary>
    public static Tensor IsLess(this Tensor tensor, long number)
    {
        using Scalar scalar = number.ToScalar();
        return tensor.lt(scalar);
    }

    /// <summary>Where tensor >= number.</summary>
    public static Tensor IsAtLeast(this Tensor tensor, long number)
    {
        using Scalar scalar = number.ToScalar();
        return tensor.ge(scalar);
    }

    /// <summary>The tensor with nothing below a number.</summary>
    public static Tensor ClampMin(this Tensor tensor, long least)
    {
        using Scalar scalar = least.ToScalar();
        return tensor.clamp_min(scalar);
    }

    /// <summary>The tensor with nothing above a number.</summary>
    public static Tensor ClampMax(this Tensor tensor, double most)
    {
        using Scalar scalar = most.ToScalar();
        return tensor.clamp_max(scalar);
    }

    /// <inheritdoc cref="ClampMax(Tensor, double)"/>
    public static Tensor ClampMax(this Tensor tensor, long most)
    {
        using Scalar scalar = most.ToScalar();
        return tensor.clamp_max(scalar);
    }

    /// <summary>Cuts the tensor to [-bound, bound], in place.</summary>
    public static Tensor ClampInPlace(this Tensor tensor, double bound)
    {
        using Scalar low = (-bound).ToScalar(), high = bound.ToScalar();
        return tensor.clamp_(low, high);
    }

    /// <summary>Sets every element, in place.</summary>
    public static Tensor Fill(this Tensor tensor, double number)
    {
        using Scalar scalar = number.ToScalar();
        return tensor.fill_(scalar);
    }

    /// <summary>A copy with the number where the mask is true.</summary>
    public static Tensor MaskedFill(this Tensor tensor, Tensor mask, double number)
    {
        using Scalar scalar = number.ToScalar();
        return tensor.masked_fill(mask, scalar);
    }

    /// <inheritdoc cref="MaskedFill(Tensor, Tensor, double)"/>
    public static Tensor MaskedFill(this Tensor tensor, Tensor mask, long number)
    {
        using Scalar scalar = number.ToScalar();
        return tensor.masked_fill(mask, scalar);
    }

    /// <summary>A tensor of one number.</summary>
    public static Tensor Full(long[] shape, double number, ScalarType type, torch.Device? device = null)
    {
        using Scalar scalar = number.ToScalar();
        return full(shape, scalar, type, device);
    }

    /// <inheritdoc cref="Full(long[], double, ScalarType, torch.Device?)"/>
    public static Tensor Full(long[] shape, long number, ScalarType type, torch.Device? device = null)
    {
        using Scalar scalar = number.ToScalar();
        return full(shape, scalar, type, device);
    }

    /// <summary>The integers from one bound up to, not including, the other.</summary>
    public static Tensor Range(long from, long to, ScalarType type, torch.Device? device = null, long step = 1)
    {
        using Scalar first = from.ToScalar(), end = to.ToScalar(), stride = step.ToScalar();
        return arange(first, end, stride, type, device);
    }
}
