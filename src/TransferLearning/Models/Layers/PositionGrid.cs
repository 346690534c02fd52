namespace TransferLearning.Layers;

/// <summary>Learned positions of the patches of an image, one row each, after that of the class token.</summary>
internal static class PositionGrid
{
    /// <summary>Stretches positions that were learned on a square grid of one size to another: bicubic, corner to corner, as torchvision's
    /// <c>interpolate_embeddings</c>; the class token's stays.</summary>
    /// <param name="stored">[1, 1 + s * s, D]; stays the caller's.</param>
    /// <param name="side">How many patches the new grid has in a row.</param>
    /// <returns>[1, 1 + side * side, D]; the caller disposes it.</returns>
    /// <exception cref="ArgumentException">The stored ones are no square grid and one more.</exception>
    public static Tensor Resize(Tensor stored, long side)
    {
        long patches = stored.dim() == 3 && stored.size(0) == 1 ? stored.size(1) - 1 : 0;
        long storedSide = (long)Math.Sqrt(patches);
        if (patches < 1 || storedSide * storedSide != patches)
        {
            throw new ArgumentException(
                $"Position embeddings of shape [{string.Join(", ", stored.shape)}] cannot be resized: "
                + "they need the shape [1, 1 + s * s, D], for a class token and a square grid of patches.",
                nameof(stored));
        }

        using DisposeScope scope = NewDisposeScope();
        using IDisposable frozen = no_grad();
        long width = stored.size(2);
        Tensor numbers = stored.detach().to(ScalarType.Float32);
        Tensor token = numbers.narrow(1, 0, 1);
        Tensor grid = numbers.narrow(1, 1, patches).permute(0, 2, 1).reshape(1, width, storedSide, storedSide); // [1, D, s, s]
        grid = nn.functional.interpolate(grid, [side, side], mode: InterpolationMode.Bicubic, align_corners: true); // [1, D, side, side]
        grid = grid.reshape(1, width, side * side).permute(0, 2, 1); // [1, side * side, D]
        return cat([token, grid], 1).MoveToOuterDisposeScope();
    }
}
