namespace TransferLearning;

/// <summary>
/// A map of positions: x' = (Xx x + Xy y + X0) / w and y' = (Yx x + Yy y + Y0) / w with w = Wx x + Wy y + 1; affine where Wx and Wy are 0.
/// </summary>
internal readonly record struct PixelMap(double Xx, double Xy, double X0, double Yx, double Yy, double Y0, double Wx = 0, double Wy = 0)
{
    public bool IsAffine => Wx == 0 && Wy == 0;

    public (double X, double Y) At(double x, double y)
    {
        double mappedX = (Xx * x) + (Xy * y) + X0;
        double mappedY = (Yx * x) + (Yy * y) + Y0;
        if (IsAffine)
        {
            return (mappedX, mappedY);
        }

        double depth = (Wx * x) + (Wy * y) + 1;
        return (mappedX / depth, mappedY / depth);
    }

    /// <summary>
    /// The smallest upright box around the places that the map takes into a box: the box moved the other way. Of no size if there are none.
    /// </summary>
    public BoundingBox InverseBounds(BoundingBox box)
    {
        const double Nearest = 1e-6; // what lies at or behind the horizon of a perspective has no place
        double determinant = (Xx * (Yy - (Y0 * Wy))) - (Xy * (Yx - (Y0 * Wx))) + (X0 * ((Yx * Wy) - (Yy * Wx)));
        Span<(double X, double Y, double Depth)> corners =
        [
            Inverse(box.X1, box.Y1, determinant), Inverse(box.X2, box.Y1, determinant),
            Inverse(box.X2, box.Y2, determinant), Inverse(box.X1, box.Y2, determinant),
        ];
        (double x1, double y1, double x2, double y2) = (double.MaxValue, double.MaxValue, double.MinValue, double.MinValue);
        for (int i = 0; i < corners.Length; i++)
        {
            (double X, double Y, double Depth) here = corners[i];
            (double X, double Y, double Depth) next = corners[(i + 1) % corners.Length];
            if (here.Depth >= Nearest)
            {
                Include(here);
            }

            if (here.Depth >= Nearest != next.Depth >= Nearest)
            {
                double part = (Nearest - here.Depth) / (next.Depth - here.Depth);
                Include((here.X + (part * (next.X - here.X)), here.Y + (part * (next.Y - here.Y)), Nearest));
            }
        }

        return x1 <= x2 ? new BoundingBox((float)x1, (float)y1, (float)x2, (float)y2) : default;

        void Include((double X, double Y, double Depth) point)
        {
            (double x, double y) = (point.X / point.Depth, point.Y / point.Depth);
            (x1, y1, x2, y2) = (Math.Min(x1, x), Math.Min(y1, y), Math.Max(x2, x), Math.Max(y2, y));
        }
    }

    /// <summary>The inverse map of a point, before the division by its depth.</summary>
    private (double X, double Y, double Depth) Inverse(double x, double y, double determinant)
        => (
            (((Yy - (Y0 * Wy)) * x) + (((X0 * Wy) - Xy) * y) + ((Xy * Y0) - (X0 * Yy))) / determinant,
            ((((Y0 * Wx) - Yx) * x) + ((Xx - (X0 * Wx)) * y) + ((X0 * Yx) - (Xx * Y0))) / determinant,
            ((((Yx * Wy) - (Yy * Wx)) * x) + (((Xy * Wx) - (Xx * Wy)) * y) + ((Xx * Yy) - (Xy * Yx))) / determinant);
}
